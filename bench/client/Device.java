package bench.client;

import java.util.UUID;

/// A device that has logged in.
///
/// @param phone logs it in again
/// @param deviceUuid the client's own name of it, which leads to the same `deviceId` again
/// @param accessToken good for 15 minutes
public record Device(
    String phone, UUID deviceUuid, UUID userId, UUID deviceId, String accessToken) {}
