package server.conversations;

import server.http.ApiError;

/// What a member may do: an admin changes the group and who is in it.
public enum Role {
  MEMBER("member"),
  ADMIN("admin");

  private final String wire;

  Role(String wire) {
    this.wire = wire;
  }

  /// As it is written in JSON and in the database.
  public String wire() {
    return wire;
  }

  /// The role of this name, or null for null.
  ///
  /// @throws ApiError `INVALID_REQUEST` for any other name
  public static Role of(String wire) {
    if (wire == null) {
      return null;
    }
    for (Role role : values()) {
      if (role.wire.equals(wire)) {
        return role;
      }
    }
    throw ApiError.invalid("\"role\" must be \"member\" or \"admin\"; leave it out for \"member\"");
  }
}
