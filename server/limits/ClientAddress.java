package server.limits;

/// Where a request comes from, as limits count it.
///
/// @param subject the IPv4 address, or the first 64 bits of an IPv6 address: whoever has one
///   address there has all of them
/// @param generous a client on this machine of a server in development mode
public record ClientAddress(String subject, boolean generous) {}
