/// Tests, house rules and smoke checks.
///
/// This file is the index of the folder, and of the tests of every folder: `lint --fix` writes its
/// lists.
package ci;

//DEPS io.netty:netty-bom:4.2.20.Final@pom
//DEPS org.junit.jupiter:junit-jupiter:6.1.3
//DEPS org.junit.platform:junit-platform-launcher:6.1.3
//DEPS net.jqwik:jqwik:1.10.1

//SOURCES ../fixtures/package-info.java
//SOURCES ../migrate/package-info.java
//SOURCES ../server/package-info.java
//SOURCES ../migrate/schema/CodegenTest.java
//SOURCES ../migrate/schema/PostgresSchemaTest.java
//SOURCES ../migrate/schema/StatementScannerTest.java
//SOURCES ../migrate/schema/StepFileTest.java
//SOURCES ../migrate/schema/TestPostgres.java
//SOURCES ../server/conversations/ConversationRoutesTest.java
//SOURCES ../server/conversations/MemberRoutesTest.java
//SOURCES ../server/conversations/MembershipsTest.java
//SOURCES ../server/limits/ClientAddressesTest.java
//SOURCES ../server/limits/LocalBucketsTest.java
//SOURCES ../server/limits/RateLimitsTest.java
//SOURCES ../server/messages/MessageReadingTest.java
//SOURCES ../server/redis/RedisTest.java
//SOURCES ../server/testing/Await.java
//SOURCES ../server/testing/Concurrently.java
//SOURCES ../server/testing/TestApi.java
//SOURCES ../server/testing/TestConversations.java
//SOURCES ../server/testing/TestEngines.java
//SOURCES ../server/testing/TestFolder.java
//SOURCES ../server/testing/TestProxy.java
//SOURCES ../server/testing/TestSocket.java
//SOURCES lint/ArtifactLockTest.java
//SOURCES lint/ArtifactVersionsTest.java
//SOURCES lint/CompilationTest.java
//SOURCES lint/DeclarationsTest.java
//SOURCES lint/DirectiveSpellingTest.java
//SOURCES lint/DirectiveValuesTest.java
//SOURCES lint/FloorsTest.java
//SOURCES lint/FormattingTest.java
//SOURCES lint/LengthsTest.java
//SOURCES lint/ScriptsTest.java
//SOURCES lint/SourceListsTest.java
//SOURCES lint/TestTree.java
//SOURCES lint/TextRulesTest.java
//SOURCES lint/package-info.java
//SOURCES run/Checkout.java
//SOURCES run/Command.java
//SOURCES run/ProgressListener.java
//SOURCES run/Results.java
//SOURCES run/TestClasses.java
//SOURCES run/TestRun.java
//FILES server/redis/echo_test.lua=../server/redis/echo_test.lua
