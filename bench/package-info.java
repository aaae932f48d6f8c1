/// Load on the whole of it, and what it is compared with: a client for many sockets, clusters of
/// servers and engines in processes of their own, verdicts, and the bare twins of the hot path.
///
/// This file is the index of the folder: what it needs, what it consists of.
package bench;

//DEPS org.hdrhistogram:HdrHistogram:2.2.2
//DEPS info.picocli:picocli:4.7.7
//DEPS me.tongfei:progressbar:0.10.2

//SOURCES ../server/Server.java
//SOURCES ../server/package-info.java
//SOURCES client/Api.java
//SOURCES client/CborFrames.java
//SOURCES client/Connection.java
//SOURCES client/Device.java
//SOURCES client/Encoding.java
//SOURCES client/Frame.java
//SOURCES client/FrameWriter.java
//SOURCES client/JsonFrames.java
//SOURCES client/Listener.java
//SOURCES client/Loop.java
//SOURCES cluster/Cluster.java
//SOURCES cluster/ClusterOptions.java
//SOURCES cluster/EnginePart.java
//SOURCES cluster/Part.java
//SOURCES cluster/Processes.java
//SOURCES cluster/Scratch.java
//SOURCES cluster/ServerPart.java

//FILES server/Server.java=../server/Server.java
