/// The messaging API: its routes and sockets, and the hot path behind them.
///
/// This file is the index of the folder: what it needs, what it consists of.
package server;

//DEPS io.netty:netty-bom:4.2.20.Final@pom
//DEPS io.lettuce:lettuce-core:7.7.0.RELEASE
//DEPS com.nimbusds:nimbus-jose-jwt:10.10
//DEPS com.googlecode.libphonenumber:libphonenumber:9.0.43
//DEPS io.micrometer:micrometer-registry-prometheus:1.17.2
//DEPS ch.qos.logback:logback-classic:1.5.38

//SOURCES ../migrate/package-info.java
//SOURCES conversations/ChangePoint.java
//SOURCES conversations/Conversation.java
//SOURCES conversations/ConversationChange.java
//SOURCES conversations/ConversationRoutes.java
//SOURCES conversations/Conversations.java
//SOURCES conversations/Creation.java
//SOURCES conversations/Described.java
//SOURCES conversations/GroupChanges.java
//SOURCES conversations/LockedConversation.java
//SOURCES conversations/MemberRoutes.java
//SOURCES conversations/Membership.java
//SOURCES conversations/Memberships.java
//SOURCES conversations/Role.java
//SOURCES conversations/Unread.java
//SOURCES http/PageCursor.java
//SOURCES limits/ClientAddress.java
//SOURCES limits/ClientAddresses.java
//SOURCES limits/Limit.java
//SOURCES limits/LocalBuckets.java
//SOURCES limits/RateLimits.java
//SOURCES messages/Acknowledgements.java
//SOURCES messages/Acknowledging.java
//SOURCES messages/HistoryRoutes.java
//SOURCES messages/MessagePage.java
//SOURCES messages/MessageView.java
//SOURCES messages/ReceiptRoutes.java
//SOURCES messages/SyncRoutes.java
//SOURCES operations/Health.java
//SOURCES operations/Logging.java
//SOURCES operations/Metrics.java
//SOURCES redis/Redis.java
//SOURCES redis/RedisAway.java
//SOURCES redis/RedisClients.java
//SOURCES redis/RedisLink.java
//SOURCES redis/Script.java

//FILES server/limits/take.lua=limits/take.lua
