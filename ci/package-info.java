/// Tests, house rules and smoke checks.
///
/// This file is the index of the folder, and of the tests of every folder: `lint --fix` writes its
/// lists.
package ci;

//DEPS io.netty:netty-bom:4.2.20.Final@pom
//DEPS info.picocli:picocli:4.7.7
//DEPS tools.jackson.core:jackson-databind:3.2.2
//DEPS org.junit.jupiter:junit-jupiter:6.1.3
//DEPS org.junit.platform:junit-platform-launcher:6.1.3
//DEPS net.jqwik:jqwik:1.10.1
//DEPS com.google.googlejavaformat:google-java-format:2.0.0

// What the formatter needs of the compiler.
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.api=ALL-UNNAMED
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.code=ALL-UNNAMED
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.parser=ALL-UNNAMED
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.tree=ALL-UNNAMED
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.util=ALL-UNNAMED

//SOURCES ../fixtures/package-info.java
//SOURCES ../migrate/package-info.java
//SOURCES ../server/package-info.java
//SOURCES ../migrate/schema/CodegenTest.java
//SOURCES ../migrate/schema/PostgresSchemaTest.java
//SOURCES ../migrate/schema/StatementScannerTest.java
//SOURCES ../migrate/schema/StepFileTest.java
//SOURCES ../migrate/schema/TestPostgres.java
//SOURCES ../server/conversations/ConversationRoutesTest.java
//SOURCES ../server/limits/ClientAddressesTest.java
//SOURCES ../server/limits/LocalBucketsTest.java
//SOURCES ../server/limits/RateLimitsTest.java
//SOURCES ../server/redis/RedisTest.java
//SOURCES ../server/testing/Await.java
//SOURCES ../server/testing/Concurrently.java
//SOURCES ../server/testing/TestApi.java
//SOURCES ../server/testing/TestConversations.java
//SOURCES ../server/testing/TestEngines.java
//SOURCES ../server/testing/TestFolder.java
//SOURCES ../server/testing/TestProxy.java
//SOURCES lint/Artifact.java
//SOURCES lint/ArtifactLock.java
//SOURCES lint/ArtifactVersions.java
//SOURCES lint/Compilation.java
//SOURCES lint/Declarations.java
//SOURCES lint/Directive.java
//SOURCES lint/DirectiveSpelling.java
//SOURCES lint/DirectiveValues.java
//SOURCES lint/Floors.java
//SOURCES lint/Formatting.java
//SOURCES lint/Inspection.java
//SOURCES lint/Lengths.java
//SOURCES lint/Libraries.java
//SOURCES lint/ParsedJava.java
//SOURCES lint/Problem.java
//SOURCES lint/Rule.java
//SOURCES lint/Rules.java
//SOURCES lint/Scripts.java
//SOURCES lint/SourceFile.java
//SOURCES lint/SourceLists.java
//SOURCES lint/Sources.java
//SOURCES lint/TextRules.java
//SOURCES lint/Tree.java
//SOURCES run/Checkout.java
//SOURCES run/Command.java
//SOURCES run/ProgressListener.java
//SOURCES run/Results.java
//SOURCES run/TestClasses.java
//SOURCES run/TestRun.java
//FILES server/redis/echo_test.lua=../server/redis/echo_test.lua
