/// What `migrate@catalog move messages` needs of the server: the two stores as a mover meets them,
/// and the commit protocol of the CQL one, without routes, sockets and Redis.
///
/// This file is an index: it lists files that stand elsewhere, for a script of another folder.
package server.messages.mover;

//DEPS io.netty:netty-bom:4.2.20.Final@pom
//DEPS com.zaxxer:HikariCP:7.1.0

//SOURCES ../../../migrate/package-info.java
//SOURCES ../../http/ApiError.java
//SOURCES ../../http/Away.java
//SOURCES ../../http/ErrorCode.java
//SOURCES ../Acknowledgement.java
//SOURCES ../Advance.java
//SOURCES ../Appended.java
//SOURCES ../Appends.java
//SOURCES ../Cursor.java
//SOURCES ../Draft.java
//SOURCES ../Message.java
//SOURCES ../MessageStore.java
//SOURCES ../PostgresSide.java
//SOURCES ../Receipt.java
//SOURCES ../ServerMessageSides.java
//SOURCES ../StoreUnavailable.java
//SOURCES ../cql/Call.java
//SOURCES ../cql/CqlCursors.java
//SOURCES ../cql/CqlLink.java
//SOURCES ../cql/CqlPlaceCopies.java
//SOURCES ../cql/CqlRows.java
//SOURCES ../cql/CqlSide.java
//SOURCES ../cql/CqlSlotLog.java
//SOURCES ../cql/Entry.java
//SOURCES ../cql/EntryCodec.java
//SOURCES ../cql/Ground.java
//SOURCES ../cql/LogEnd.java
//SOURCES ../cql/Packing.java
//SOURCES ../cql/Pause.java
//SOURCES ../cql/Recent.java
//SOURCES ../cql/Roster.java
//SOURCES ../cql/Rows.java
//SOURCES ../cql/Slot.java
//SOURCES ../cql/SlotLog.java
//SOURCES ../cql/Slots.java
