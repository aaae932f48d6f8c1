package server.http;

import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinBindException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Javalin on Jetty: the routes of every subject, one place that asks for tokens, one place that
/// turns whatever goes wrong, at any layer, into the contract's error format. Handlers run on
/// virtual threads.
public final class HttpServer implements AutoCloseable {
  /// A body may carry 64 KiB of content as base64 (87,384 characters) or 200 prekeys with their
  /// keys.
  static final long MAX_BODY_BYTES = 256 * 1024;

  /// Selecting, accepting, and WebSocket frames; requests run on virtual threads.
  private static final int MAX_PLATFORM_THREADS = 32;

  private static final int MIN_PLATFORM_THREADS = 4;

  /// Connections that wait to be accepted: when a node dies, all its clients come at once. Java's
  /// default of 50 would have most of them refused. The kernel has a bound of its own (somaxconn).
  private static final int ACCEPT_QUEUE = 4_096;

  /// What requests that are under way get to end; sockets were closed before.
  private static final long STOP_TIMEOUT_MILLIS = 3_000;

  /// A client's kept-alive connection that asks for nothing ends after this, when the node stops.
  private static final long IDLE_WHEN_STOPPING_MILLIS = 100;

  private static final Logger log = LoggerFactory.getLogger(HttpServer.class);

  private final Javalin javalin;

  private HttpServer(Javalin javalin) {
    this.javalin = javalin;
  }

  /// Starts listening.
  ///
  /// @param port 0 picks a free one
  /// @param authenticator from a bearer token to its caller, or an [ApiError]
  /// @param webSocket adds what is not plain HTTP to Jetty's context
  /// @throws JavalinBindException when the port is in use
  public static HttpServer start(
      String host,
      int port,
      List<Routes> routes,
      Function<String, Caller> authenticator,
      Consumer<ServletContextHandler> webSocket) {
    Javalin javalin =
        Javalin.create(config -> {
          configure(config, host, port);
          config.jetty.modifyServletContextHandler(webSocket::accept);
          config.routes.beforeMatched(
              Routes.API + "/*",
              request -> {
                if (!request.routeRoles().contains(Access.OPEN)) {
                  authenticator.apply(bearer(request)).attach(request);
                }
              });
          config.routes.exception(ApiError.class, (e, request) -> answer(request, e));
          config.routes.exception(HttpResponseException.class, HttpServer::refused);
          config.routes.exception(
              Exception.class,
              (e, request) ->
                  answer(
                      request,
                      e instanceof RuntimeException fault ? Faults.answer(fault) : unexpected(e)));
          routes.forEach(subject -> subject.register(config.routes));
        });
    return new HttpServer(javalin.start());
  }

  private static void configure(JavalinConfig config, String host, int port) {
    var threads = new QueuedThreadPool(MAX_PLATFORM_THREADS, MIN_PLATFORM_THREADS);
    threads.setName("jetty");
    threads.setVirtualThreadsExecutor(VirtualThreads.getNamedVirtualThreadsExecutor("http-"));
    config.jetty.threadPool = threads;
    config.jetty.addConnector((server, http) -> {
      var connector = new SelectorConnector(server, http);
      connector.setHost(host);
      connector.setPort(port);
      connector.setAcceptQueueSize(ACCEPT_QUEUE);
      connector.setShutdownIdleTimeout(IDLE_WHEN_STOPPING_MILLIS);
      return connector;
    });
    config.jetty.modifyHttpConfiguration(http -> {
      http.setSendServerVersion(false);
      http.setSendDateHeader(false);
    });
    config.jetty.modifyServer(server -> {
      server.setErrorHandler(HttpServer::belowJavalin);
      server.setStopTimeout(STOP_TIMEOUT_MILLIS);
    });
    config.http.maxRequestSize = MAX_BODY_BYTES;
    config.http.prefer405over404 = true;
    config.http.defaultContentType = "application/json";
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
  }

  /// Every route as `GET /path/{name}`.
  public Set<String> routes() {
    return javalin.unsafe.internalRouter.allHttpHandlers().stream()
        .map(route -> route.endpoint)
        .filter(endpoint -> endpoint.method.isHttpMethod())
        .map(endpoint -> endpoint.method.name() + " " + endpoint.path)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// The port it listens on.
  public int port() {
    return javalin.port();
  }

  @Override
  public void close() {
    javalin.stop();
  }

  private static String bearer(Context request) {
    String header = request.header("Authorization");
    if (header == null) {
      throw new ApiError(
          ErrorCode.UNAUTHORIZED, "no token; send \"Authorization: Bearer <access token>\"");
    }
    if (!header.regionMatches(true, 0, "Bearer ", 0, 7)) {
      throw new ApiError(
          ErrorCode.INVALID_TOKEN, "the Authorization header is not \"Bearer <access token>\"");
    }
    return header.substring(7).strip();
  }

  /// What Javalin itself refuses: unknown routes, wrong methods, bodies that are too large.
  private static void refused(HttpResponseException e, Context request) {
    ErrorCode code = codeOf(e.getStatus());
    String sentence =
        switch (code) {
          case NOT_FOUND -> "there is no " + request.path() + "; see /docs";
          case METHOD_NOT_ALLOWED ->
              request.method() + " is not allowed on " + request.path() + "; see /docs";
          case PAYLOAD_TOO_LARGE -> "the body is larger than " + MAX_BODY_BYTES + " bytes";
          default -> "the request was refused; see /docs";
        };
    answer(request, new ApiError(code, sentence));
  }

  private static ErrorCode codeOf(int status) {
    return switch (status) {
      case 401 -> ErrorCode.UNAUTHORIZED;
      case 403 -> ErrorCode.FORBIDDEN;
      case 404 -> ErrorCode.NOT_FOUND;
      case 405 -> ErrorCode.METHOD_NOT_ALLOWED;
      case 413 -> ErrorCode.PAYLOAD_TOO_LARGE;
      case 429 -> ErrorCode.RATE_LIMITED;
      case 503 -> ErrorCode.UNAVAILABLE;
      default -> status >= 500 ? ErrorCode.INTERNAL_ERROR : ErrorCode.INVALID_REQUEST;
    };
  }

  private static ApiError unexpected(Exception e) {
    log.error("unexpected fault in a request", e);
    return new ApiError(ErrorCode.INTERNAL_ERROR, "something went wrong here; try again");
  }

  private static void answer(Context request, ApiError error) {
    if (error.code().status() == 429 || error.code().status() == 503) {
      request.header("Retry-After", Integer.toString(Math.max(1, error.retryAfterSeconds())));
    }
    Json.write(request, error.code().status(), body(error));
  }

  /// The contract's error object.
  public static Map<String, Object> body(ApiError error) {
    boolean temporary = error.code().status() == 429 || error.code().status() == 503;
    return temporary
        ? Map.of(
            "error", error.getMessage(),
            "error_code", error.code().name(),
            "retry_after_seconds", Math.max(1, error.retryAfterSeconds()))
        : Map.of("error", error.getMessage(), "error_code", error.code().name());
  }

  /// What Jetty refuses before a route is looked for: a broken request line, a header too large.
  private static boolean belowJavalin(Request request, Response response, Callback callback) {
    int status = response.getStatus() >= 400 ? response.getStatus() : 500;
    ErrorCode code = codeOf(status);
    byte[] body =
        Json.mapper()
            .writeValueAsString(
                body(new ApiError(code, "the request is not one this server can read")))
            .getBytes(StandardCharsets.UTF_8);
    response.setStatus(code.status());
    response.getHeaders().put("Content-Type", "application/json");
    response.write(true, java.nio.ByteBuffer.wrap(body), callback);
    return true;
  }
}
