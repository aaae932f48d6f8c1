package ci.smoke;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import migrate.schema.SchemaState;
import migrate.schema.Step;
import migrate.schema.Steps;

/// An empty database of the checks' own, beside the one that was given, which nothing here touches;
/// it is gone after [#close()]. For one thread, but for [#up].
interface Scratch extends AutoCloseable {
  /// Its URL, with the password.
  String url();

  /// Applies steps, also those that say `@contract`: nobody works on it.
  List<Step> up(Steps steps, OptionalInt to);

  /// Undoes all steps newer than `version`.
  List<Step> downTo(Steps steps, int version);

  SchemaState state(Steps steps);

  /// What the catalogs say, as lines that can be compared.
  List<String> schema();

  /// Puts rows into every table that is there.
  ///
  /// @return how many
  long seed();

  /// For each table of `columns` a hash over the rows' values in those columns, in no order.
  Map<String, String> hashes(Map<String, List<String>> columns);

  /// The columns of each table that is there but for the engine's own.
  Map<String, List<String>> columns();

  @Override
  void close();
}
