/// Benchmarks of each depth of the hot path, on JMH: each beside a baseline twin that does the same
/// work by plain means, after a proof that both give equal answers.
///
/// This file is the index of the folder: what it needs, what it consists of. JMH's code is made by
/// an annotation processor, which JDK 23 and later run only when asked to.
package bench.jmh;

//COMPILE_OPTIONS -proc:full
//DEPS org.openjdk.jmh:jmh-core:1.37
//DEPS org.openjdk.jmh:jmh-generator-annprocess:1.37
// The version that the server has by Jetty: JMH would bring an older one.
//DEPS org.ow2.asm:asm:9.10.1

//SOURCES Allocations.java
//SOURCES Append.java
//SOURCES Backfill.java
//SOURCES BareStore.java
//SOURCES Batch.java
//SOURCES CountsRun.java
//SOURCES CpuTime.java
//SOURCES Databases.java
//SOURCES Decode.java
//SOURCES Depth.java
//SOURCES Encode.java
//SOURCES EngineUrls.java
//SOURCES FanOut.java
//SOURCES Figures.java
//SOURCES Frames.java
//SOURCES History.java
//SOURCES InMemoryStore.java
//SOURCES JmhFlags.java
//SOURCES JmhOptions.java
//SOURCES JmhProgress.java
//SOURCES JmhRun.java
//SOURCES JmhTable.java
//SOURCES Membership.java
//SOURCES Otp.java
//SOURCES People.java
//SOURCES Plan.java
//SOURCES Proof.java
//SOURCES ProofFailed.java
//SOURCES Publish.java
//SOURCES RateLimit.java
//SOURCES RedisLane.java
//SOURCES RedisPair.java
//SOURCES Sync.java
