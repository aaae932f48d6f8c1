/// Load on the whole of it, and what it is compared with: a client for many sockets, clusters of
/// servers and engines in processes of their own, verdicts, and the bare twins of the hot path.
///
/// This file is the index of the folder: what it needs, what it consists of.
package bench;

//DEPS org.hdrhistogram:HdrHistogram:2.2.2
//DEPS info.picocli:picocli:4.7.7
//DEPS me.tongfei:progressbar:0.10.2

//SOURCES ../server/package-info.java
//SOURCES ../server/Server.java
//SOURCES bare/Arrivals.java
//SOURCES bare/BareServer.java
//SOURCES bare/CqlTwin.java
//SOURCES bare/JdbcTwin.java
//SOURCES baseline/OldPath.java
//SOURCES client/Api.java
//SOURCES client/CborFrames.java
//SOURCES client/Connection.java
//SOURCES client/Device.java
//SOURCES client/Encoding.java
//SOURCES client/Frame.java
//SOURCES client/FrameWriter.java
//SOURCES client/HttpConnection.java
//SOURCES client/JsonFrames.java
//SOURCES client/Listener.java
//SOURCES client/Loop.java
//SOURCES cluster/Cluster.java
//SOURCES cluster/ClusterOptions.java
//SOURCES cluster/CpuClock.java
//SOURCES cluster/EnginePart.java
//SOURCES cluster/Part.java
//SOURCES cluster/Processes.java
//SOURCES cluster/Scratch.java
//SOURCES cluster/ServerPart.java
//SOURCES compare/CqlTargets.java
//SOURCES compare/Line.java
//SOURCES compare/Measuring.java
//SOURCES compare/PostgresCpu.java
//SOURCES compare/ServerTargets.java
//SOURCES compare/SocketTargets.java
//SOURCES compare/Targets.java
//SOURCES compare/Turns.java
//SOURCES load/Arrived.java
//SOURCES load/Capacity.java
//SOURCES load/Costs.java
//SOURCES load/Engines.java
//SOURCES load/HttpLoad.java
//SOURCES load/IdleSockets.java
//SOURCES load/Lane.java
//SOURCES load/LoadFlags.java
//SOURCES load/LoadOptions.java
//SOURCES load/LoadResult.java
//SOURCES load/LoadRun.java
//SOURCES load/LoadSession.java
//SOURCES load/LoadTold.java
//SOURCES load/Member.java
//SOURCES load/MessageIds.java
//SOURCES load/Outcome.java
//SOURCES load/Pace.java
//SOURCES load/Pacer.java
//SOURCES load/Population.java
//SOURCES load/Rig.java
//SOURCES load/Room.java
//SOURCES load/RunFiles.java
//SOURCES load/Second.java
//SOURCES load/Slo.java
//SOURCES load/Statements.java
//SOURCES load/Tally.java
//SOURCES load/UnderWay.java
//SOURCES load/Verdict.java
//SOURCES load/Zipf.java
//SOURCES results/Environment.java
//SOURCES results/Results.java

//FILES server/Server.java=../server/Server.java
