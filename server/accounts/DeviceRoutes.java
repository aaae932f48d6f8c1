package server.accounts;

import static migrate.generated.Tables.DEVICES;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import server.http.ApiError;
import server.http.Caller;
import server.http.Check;
import server.http.ErrorCode;
import server.http.Json;
import server.http.Routes;

/// `/devices`: those of the caller that are logged in, or were and have not been logged out.
public final class DeviceRoutes implements Routes {
  private final DSLContext dsl;
  private final Sessions sessions;

  DeviceRoutes(DSLContext dsl, Sessions sessions) {
    this.dsl = dsl;
    this.sessions = sessions;
  }

  record Device(
      UUID deviceId,
      String deviceName,
      String platform,
      boolean isCurrent,
      Instant lastSeenAt,
      Instant createdAt) {}

  record DeviceList(List<Device> devices) {}

  @Override
  public void register(RoutesConfig routes) {
    routes.get(API + "/devices", this::list);
    routes.delete(API + "/devices/{device_id}", this::delete);
  }

  private void list(Context request) {
    Caller caller = Caller.of(request);
    var devices =
        dsl.selectFrom(DEVICES)
            .where(DEVICES.USER_ID.eq(caller.userId()))
            .and(DEVICES.REVOKED_AT.isNull())
            .orderBy(DEVICES.CREATED_AT, DEVICES.DEVICE_ID)
            .fetch(row ->
                new Device(
                    row.getDeviceId(),
                    row.getDeviceName(),
                    row.getPlatform(),
                    row.getDeviceId().equals(caller.deviceId()),
                    row.getLastSeenAt().toInstant(),
                    row.getCreatedAt().toInstant()));
    Json.write(request, 200, new DeviceList(devices));
  }

  private void delete(Context request) {
    UUID device = Check.pathUuid(request, "device_id");
    if (!sessions.endDevice(Caller.of(request).userId(), device, "device_revoked")) {
      throw new ApiError(ErrorCode.NOT_FOUND, "you have no device " + device);
    }
    request.status(204);
  }
}
