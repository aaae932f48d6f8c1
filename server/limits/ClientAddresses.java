package server.limits;

import fixtures.urls.UserError;
import io.javalin.http.Context;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;

/// Tells where requests come from: the socket's other end, or, when that is a proxy which is
/// trusted by configuration, what the proxy says in `X-Forwarded-For`. Immutable, thread-safe.
public final class ClientAddresses {
  private static final int IPV6_NETWORK_BYTES = 8; // a /64 is the least that anyone is given
  private static final int MAX_HOPS = 16; // more proxies in a row than that is somebody playing

  /// @param bits how many leading bits of the address count
  private record Network(byte[] address, int bits) {
    boolean contains(InetAddress other) {
      byte[] bytes = other.getAddress();
      if (bytes.length != address.length) {
        return false;
      }
      for (int i = 0; i < bits; i++) {
        int mask = 0x80 >> (i % 8);
        if ((bytes[i / 8] & mask) != (address[i / 8] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  private final List<Network> trusted;
  private final boolean developmentMode;

  private ClientAddresses(List<Network> trusted, boolean developmentMode) {
    this.trusted = trusted;
    this.developmentMode = developmentMode;
  }

  /// @param trustedProxies `VYRY_TRUSTED_PROXIES`: addresses and networks (`10.0.0.0/8`) between
  ///   commas; empty for none
  /// @param developmentMode limits are generous for clients on this machine
  /// @throws UserError when an entry is neither
  public static ClientAddresses of(String trustedProxies, boolean developmentMode) {
    var networks =
        Arrays.stream(trustedProxies.split(","))
            .map(String::strip)
            .filter(entry -> !entry.isEmpty())
            .map(ClientAddresses::network)
            .toList();
    return new ClientAddresses(networks, developmentMode);
  }

  private static Network network(String entry) {
    String[] parts = entry.split("/", 2);
    try {
      byte[] address = InetAddress.ofLiteral(parts[0]).getAddress();
      int most = address.length * 8;
      int bits = parts.length == 1 ? most : Integer.parseInt(parts[1]);
      if (bits >= 0 && bits <= most) {
        return new Network(address, bits);
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw new UserError(
        "VYRY_TRUSTED_PROXIES has '%s': write addresses and networks like 10.0.0.0/8, with commas between"
            .formatted(entry));
  }

  /// Where this request comes from.
  public ClientAddress of(Context request) {
    return of(
        request.req().getRemoteAddr(),
        Collections.list(request.req().getHeaders("X-Forwarded-For")));
  }

  /// The same for what is not a Javalin request.
  ///
  /// @param socketAddress the other end's numeric address
  /// @param forwardedFor the values of all `X-Forwarded-For` headers, in their order
  public ClientAddress of(String socketAddress, List<String> forwardedFor) {
    InetAddress client = InetAddress.ofLiteral(socketAddress);
    List<String> hops = Arrays.asList(String.join(",", forwardedFor).split(","));
    // Each proxy appends whom it heard; so from the right, as long as who says it is trusted.
    for (int i = hops.size() - 1; i >= Math.max(0, hops.size() - MAX_HOPS); i--) {
      if (!trusts(client)) {
        break;
      }
      try {
        client = InetAddress.ofLiteral(hops.get(i).strip());
      } catch (IllegalArgumentException _) {
        break; // no address, or none that can be read: the last one that was known stands
      }
    }
    return new ClientAddress(subject(client), developmentMode && client.isLoopbackAddress());
  }

  private boolean trusts(InetAddress address) {
    return trusted.stream().anyMatch(network -> network.contains(address));
  }

  private static String subject(InetAddress address) {
    return address instanceof Inet6Address
        ? HexFormat.of().formatHex(address.getAddress(), 0, IPV6_NETWORK_BYTES)
        : address.getHostAddress();
  }
}
