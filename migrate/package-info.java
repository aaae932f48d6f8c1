/// The schemas of the databases: their steps, the engine that runs them, and the jOOQ classes that
/// they give.
///
/// This file is the index of the folder: what it needs, what it consists of.
package migrate;

//SOURCES ../fixtures/package-info.java
//DEPS io.netty:netty-bom:4.2.20.Final@pom
//DEPS com.scylladb:java-driver-core:4.18.0.2
//DEPS org.jooq:jooq:3.21.9
//DEPS org.postgresql:postgresql:42.7.14

//SOURCES schema/AdvisoryLock.java
//SOURCES schema/Applied.java
//SOURCES schema/Backfill.java
//SOURCES schema/Bookkeeping.java
//SOURCES schema/CqlBookkeeping.java
//SOURCES schema/CqlErrors.java
//SOURCES schema/CqlFingerprint.java
//SOURCES schema/CqlHistory.java
//SOURCES schema/CqlLock.java
//SOURCES schema/CqlSchema.java
//SOURCES schema/CqlSessions.java
//SOURCES schema/CqlTarget.java
//SOURCES schema/Dialect.java
//SOURCES schema/Directives.java
//SOURCES schema/Identity.java
//SOURCES schema/JavaStep.java
//SOURCES schema/PostgresBookkeeping.java
//SOURCES schema/PostgresFingerprint.java
//SOURCES schema/PostgresSchema.java
//SOURCES schema/PostgresSource.java
//SOURCES schema/PostgresTarget.java
//SOURCES schema/Progress.java
//SOURCES schema/Runner.java
//SOURCES schema/Schema.java
//SOURCES schema/SchemaMismatch.java
//SOURCES schema/SchemaState.java
//SOURCES schema/ScratchDatabase.java
//SOURCES schema/Statement.java
//SOURCES schema/StatementScanner.java
//SOURCES schema/Status.java
//SOURCES schema/Step.java
//SOURCES schema/StepFile.java
//SOURCES schema/Steps.java
//SOURCES schema/Target.java

//SOURCES generated/DefaultCatalog.java
//SOURCES generated/DefaultSchema.java
//SOURCES generated/Keys.java
//SOURCES generated/Tables.java
//SOURCES generated/tables/Conversations.java
//SOURCES generated/tables/Cursors.java
//SOURCES generated/tables/DeviceKeys.java
//SOURCES generated/tables/Devices.java
//SOURCES generated/tables/Members.java
//SOURCES generated/tables/Messages.java
//SOURCES generated/tables/OneTimePrekeys.java
//SOURCES generated/tables/Receipts.java
//SOURCES generated/tables/RefreshTokens.java
//SOURCES generated/tables/Sessions.java
//SOURCES generated/tables/Users.java
//SOURCES generated/tables/records/ConversationsRecord.java
//SOURCES generated/tables/records/CursorsRecord.java
//SOURCES generated/tables/records/DeviceKeysRecord.java
//SOURCES generated/tables/records/DevicesRecord.java
//SOURCES generated/tables/records/MembersRecord.java
//SOURCES generated/tables/records/MessagesRecord.java
//SOURCES generated/tables/records/OneTimePrekeysRecord.java
//SOURCES generated/tables/records/ReceiptsRecord.java
//SOURCES generated/tables/records/RefreshTokensRecord.java
//SOURCES generated/tables/records/SessionsRecord.java
//SOURCES generated/tables/records/UsersRecord.java

//FILES migrate/schema/fingerprint.sql=schema/fingerprint.sql
//FILES migrate/steps/cql/0001_messages.cql=steps/cql/0001_messages.cql
//FILES migrate/steps/cql/0002_slot_log.cql=steps/cql/0002_slot_log.cql
//FILES migrate/steps/cql/0003_receipts.cql=steps/cql/0003_receipts.cql
//FILES migrate/steps/cql/index.txt=steps/cql/index.txt
//FILES migrate/steps/postgres/0001_accounts.sql=steps/postgres/0001_accounts.sql
//FILES migrate/steps/postgres/0002_conversations.sql=steps/postgres/0002_conversations.sql
//FILES migrate/steps/postgres/0003_messages.sql=steps/postgres/0003_messages.sql
//FILES migrate/steps/postgres/0004_append_message.sql=steps/postgres/0004_append_message.sql
//FILES migrate/steps/postgres/0005_append_new_messages.sql=steps/postgres/0005_append_new_messages.sql
//FILES migrate/steps/postgres/index.txt=steps/postgres/index.txt
