package server.realtime;

import server.conversations.Membership;

/// Where delivery to a socket starts.
///
/// @param known the hub's [Hub#membersVersion] before what follows was read
/// @param head a seq that was visible before the membership was read
/// @param position the last seq it is not to get
/// @param backlogTo up to here own messages are included
record Start(Membership membership, long known, long head, long position, long backlogTo) {}
