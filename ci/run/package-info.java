/// What commands and tests need to run.
package ci.run;

//DEPS org.junit.jupiter:junit-jupiter:6.1.3
//DEPS org.junit.platform:junit-platform-launcher:6.1.3
//DEPS net.jqwik:jqwik:1.10.1

//SOURCES Checkout.java
//SOURCES Command.java
//SOURCES Logs.java
//SOURCES ProgressListener.java
//SOURCES Results.java
//SOURCES Selection.java
//SOURCES Tests.java

//FILES logback-test.xml=logback-test.xml
