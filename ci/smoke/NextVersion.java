package ci.smoke;

import java.io.File;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import migrate.generated.tables.Users;
import migrate.schema.Dialect;

/// A next version of the server, for rehearsing a release: a column of `users` has another name in
/// it, and its steps go from the one to the other. Its code is this code, with that name in its
/// generated class.
///
/// Started with [#main], it is a server whose class path begins with the folder that [#FOLDER]
/// names.
public final class NextVersion {
  /// The environment variable that names the folder of [#write].
  static final String FOLDER = "VYRY_NEXT_VERSION";

  static final String OLD_COLUMN = "bio";
  static final String NEW_COLUMN = "about";

  private NextVersion() {}

  /// What it needs, before it runs: the new column, kept equal to the old one by a trigger
  /// whichever version writes; then all rows filled; and what else a busy table is given.
  static Map<String, String> expand() {
    var files = new LinkedHashMap<String, String>();
    files.put(
        "about",
        """
        -- users.about beside users.bio: who writes one of them has written both.
        -- @expand
        -- up
        ALTER TABLE users ADD about text;
        CREATE FUNCTION users_about() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP = 'INSERT' THEN
            NEW.about := coalesce(NEW.about, NEW.bio);
            NEW.bio := NEW.about;
          ELSIF NEW.bio IS DISTINCT FROM OLD.bio THEN
            NEW.about := NEW.bio;
          ELSIF NEW.about IS DISTINCT FROM OLD.about THEN
            NEW.bio := NEW.about;
          END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER users_about BEFORE INSERT OR UPDATE ON users
          FOR EACH ROW EXECUTE FUNCTION users_about();
        -- down
        DROP TRIGGER users_about ON users;
        DROP FUNCTION users_about();
        ALTER TABLE users DROP about;
        """);
    files.put(
        "about_filled",
        """
        -- users.about of the rows that nobody writes.
        -- @expand
        -- @backfill table=users size=100
        -- up
        UPDATE users SET about = bio WHERE about IS DISTINCT FROM bio AND {batch};
        -- down
        """);
    files.put(
        "about_index",
        """
        -- An index, while others write.
        -- @expand
        -- @no-transaction
        -- up
        CREATE INDEX CONCURRENTLY users_by_about ON users (about);
        CREATE INDEX CONCURRENTLY messages_by_time ON messages (sent_at);
        -- down
        DROP INDEX CONCURRENTLY messages_by_time;
        DROP INDEX CONCURRENTLY users_by_about;
        """);
    files.put(
        "seq_check",
        """
        -- A constraint: new rows at once, the old ones without a lock that writers wait for.
        -- @expand
        -- @no-transaction
        -- up
        ALTER TABLE messages ADD CONSTRAINT messages_seq_positive CHECK (seq > 0) NOT VALID;
        ALTER TABLE messages VALIDATE CONSTRAINT messages_seq_positive;
        -- down
        ALTER TABLE messages DROP CONSTRAINT messages_seq_positive;
        """);
    return files;
  }

  /// What takes the old column away, once no old version runs.
  static Map<String, String> contract() {
    return Map.of(
        "no_bio",
        """
        -- users.bio goes.
        -- @contract
        -- up
        DROP TRIGGER users_about ON users;
        DROP FUNCTION users_about();
        ALTER TABLE users DROP bio;
        """);
  }

  static StepSources expandSteps() {
    return StepSources.bundled(Dialect.POSTGRES).followedBy(expand());
  }

  static StepSources allSteps() {
    return expandSteps().followedBy(contract());
  }

  /// Writes what differs from this version into `folder`.
  static void write(Path folder) throws IOException {
    allSteps().write(folder.resolve("migrate/steps/postgres"));
    String name = Users.class.getName().replace('.', '/') + ".class";
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    try (var in = Users.class.getResourceAsStream("/" + name)) {
      Files.write(file, renamed(in.readAllBytes()));
    }
  }

  private static byte[] renamed(byte[] users) {
    CodeTransform replace =
        (builder, element) -> {
          if (renamed(element)) {
            builder.ldc(builder.constantPool().stringEntry(NEW_COLUMN));
          } else {
            builder.with(element);
          }
        };
    var file = ClassFile.of();
    return file.transformClass(file.parse(users), ClassTransform.transformingMethodBodies(replace));
  }

  private static boolean renamed(CodeElement element) {
    return element instanceof ConstantInstruction.LoadConstantInstruction load
        && OLD_COLUMN.equals(load.constantValue());
  }

  /// As `server.Server`, of the next version.
  public static void main(String... arguments) throws Throwable {
    var places = new ArrayList<URL>();
    places.add(url(System.getenv(FOLDER) + File.separator));
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      places.add(url(entry));
    }
    // Kept open for as long as the server runs.
    @SuppressWarnings("resource")
    var loader =
        new URLClassLoader(places.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    Thread.currentThread().setContextClassLoader(loader);
    try {
      Class.forName("server.Server", true, loader)
          .getMethod("main", String[].class)
          .invoke(null, (Object) arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static URL url(String entry) throws MalformedURLException {
    return Path.of(entry).toUri().toURL();
  }
}
