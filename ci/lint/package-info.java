/// The house rules.
///
/// An index of its own, without the rest of the project: the rules are there to be asked when the
/// project doesn't compile.
package ci.lint;

//DEPS info.picocli:picocli:4.7.7
//DEPS tools.jackson.core:jackson-databind:3.2.2
//DEPS com.google.googlejavaformat:google-java-format:2.0.0

// The formatter's, and the server's: the tests, which have both, would take neither.
//DEPS com.google.guava:guava:33.6.0-jre
//DEPS com.google.errorprone:error_prone_annotations:2.48.0

// What the formatter needs of the compiler.
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.api=ALL-UNNAMED
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.code=ALL-UNNAMED
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.parser=ALL-UNNAMED
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.tree=ALL-UNNAMED
//RUNTIME_OPTIONS --add-exports=jdk.compiler/com.sun.tools.javac.util=ALL-UNNAMED

//SOURCES ../../fixtures/urls/EnvironmentError.java
//SOURCES ../../fixtures/urls/UserError.java
//SOURCES ../run/Checkout.java
//SOURCES ../run/Command.java
//SOURCES ../run/Folders.java
//SOURCES Artifact.java
//SOURCES ArtifactLock.java
//SOURCES ArtifactVersions.java
//SOURCES CommandJars.java
//SOURCES Compilation.java
//SOURCES Declarations.java
//SOURCES Directive.java
//SOURCES DirectiveSpelling.java
//SOURCES DirectiveValues.java
//SOURCES Floors.java
//SOURCES Formatting.java
//SOURCES Imports.java
//SOURCES Inspection.java
//SOURCES Lengths.java
//SOURCES ParsedJava.java
//SOURCES Problem.java
//SOURCES Rule.java
//SOURCES Rules.java
//SOURCES Scripts.java
//SOURCES SourceFile.java
//SOURCES SourceLists.java
//SOURCES Sources.java
//SOURCES TextRules.java
//SOURCES Tree.java
