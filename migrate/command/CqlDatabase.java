package migrate.command;

import fixtures.urls.Settings;
import fixtures.urls.UserError;

final class CqlDatabase {
  private CqlDatabase() {}

  static Target open(Settings settings) {
    throw new UserError("there are no CQL steps yet: leave --only and SCYLLADB_URL out");
  }
}
