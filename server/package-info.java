/// The messaging API: its routes and sockets, and the hot path behind them.
///
/// This file is the index of the folder: what it needs, what it consists of.
package server;

//DEPS io.netty:netty-bom:4.2.20.Final@pom
//DEPS io.lettuce:lettuce-core:7.7.0.RELEASE
//DEPS com.nimbusds:nimbus-jose-jwt:10.10
//DEPS com.googlecode.libphonenumber:libphonenumber:9.0.43

//SOURCES ../migrate/package-info.java
//SOURCES limits/ClientAddress.java
//SOURCES limits/ClientAddresses.java
//SOURCES limits/Limit.java
//SOURCES limits/LocalBuckets.java
//SOURCES limits/RateLimits.java
//SOURCES redis/Redis.java
//SOURCES redis/RedisAway.java
//SOURCES redis/RedisClients.java
//SOURCES redis/RedisLink.java
//SOURCES redis/Script.java

//FILES server/limits/take.lua=limits/take.lua
