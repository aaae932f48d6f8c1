package migrate.schema;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import fixtures.urls.CqlUrl;
import fixtures.urls.EnvironmentError;
import java.net.InetSocketAddress;
import java.time.Duration;

/// Sessions with a CQL database for changes of its schema.
public final class CqlSessions {
  /// Schema changes take seconds on a busy cluster; the driver's own limit is 2 s.
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(30);

  private static final String INFER_DATACENTER = "DcInferringLoadBalancingPolicy";

  /// How late a step's `@statement-timeout` may be noticed; the driver's own is 100 ms.
  private static final Duration TICK = Duration.ofMillis(10);

  private CqlSessions() {}

  /// Opens one that is in no keyspace yet, since the keyspace may have to be made. The caller
  /// closes it.
  ///
  /// @throws EnvironmentError when no node answers or the password is refused
  public static CqlSession open(CqlUrl url) {
    var config =
        DriverConfigLoader.programmaticBuilder()
            .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, REQUEST_TIMEOUT)
            .withDuration(DefaultDriverOption.NETTY_TIMER_TICK_DURATION, TICK)
            // Nobody asks this session for metadata, and gathering it costs a second a statement.
            .withBoolean(DefaultDriverOption.METADATA_SCHEMA_ENABLED, false)
            .withBoolean(DefaultDriverOption.METADATA_TOKEN_MAP_ENABLED, false)
            // It is put into a keyspace that it has just made, between two statements.
            .withBoolean(DefaultDriverOption.REQUEST_WARN_IF_SET_KEYSPACE, false)
            // Closing waits for quiet, 2 s unless it is said, and here nothing is left under way.
            .withInt(DefaultDriverOption.NETTY_IO_SHUTDOWN_QUIET_PERIOD, 0)
            .withInt(DefaultDriverOption.NETTY_ADMIN_SHUTDOWN_QUIET_PERIOD, 0);
    if (url.datacenter().isEmpty()) {
      config.withString(DefaultDriverOption.LOAD_BALANCING_POLICY_CLASS, INFER_DATACENTER);
    }
    var builder = CqlSession.builder().withConfigLoader(config.build());
    builder.withApplicationName("vyry migrate");
    url.hosts().forEach(h -> builder.addContactPoint(new InetSocketAddress(h.host(), h.port())));
    url.datacenter().ifPresent(builder::withLocalDatacenter);
    if (!url.user().isEmpty()) {
      builder.withAuthCredentials(url.user(), url.password());
    }
    try {
      return builder.build();
    } catch (AllNodesFailedException e) {
      throw unreachable(url, CqlErrors.firstOf(e), e);
    } catch (DriverException | IllegalArgumentException | IllegalStateException e) {
      throw unreachable(url, e, e);
    }
  }

  private static EnvironmentError unreachable(CqlUrl url, Throwable said, RuntimeException cause) {
    return new EnvironmentError(
        "%s can't be reached: %s: see that it runs, and SCYLLADB_URL"
            .formatted(url.masked(), said.getMessage()),
        cause);
  }
}
