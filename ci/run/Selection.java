package ci.run;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// A selection of tests, which JUnit runs in this process, one after the other.
public final class Selection {
  /// A test that hangs fails by this, and the run goes on. It runs in a thread of its own, as some
  /// waits hear no interrupt.
  private static final String TEST_TIMEOUT = "5 m";

  private final LauncherDiscoveryRequest request;

  /// Selects from `classes` the tests whose `Class#method` matches one of `patterns` somewhere and
  /// that have one of `tags`; an empty list lets everything through.
  public Selection(Collection<String> classes, List<Pattern> patterns, List<String> tags)
      throws ClassNotFoundException {
    var builder =
        LauncherDiscoveryRequestBuilder.request()
            .configurationParameters(
                Map.of(
                    "junit.jupiter.execution.timeout.default", TEST_TIMEOUT,
                    "junit.jupiter.execution.timeout.thread.mode.default", "SEPARATE_THREAD",
                    "junit.jupiter.execution.timeout.threaddump.enabled", "true",
                    "junit.jupiter.execution.timeout.mode", "disabled_on_debug",
                    "jqwik.database", "",
                    "jqwik.reporting.onlyfailures", "true"));
    for (String name : classes) {
      builder.selectors(selectClass(Class.forName(name, false, Selection.class.getClassLoader())));
    }
    if (!patterns.isEmpty()) builder.filters(matching(patterns));
    if (!tags.isEmpty()) builder.filters(TagFilter.includeTags(tags));
    this.request = builder.build();
  }

  /// The selected tests as `Class#method`, not run. Tests that are made while they run are not
  /// seen.
  public List<String> list() {
    var plan = LauncherFactory.create().discover(request);
    var names = new ArrayList<String>();
    for (var root : plan.getRoots()) {
      plan.getDescendants(root).stream()
          .filter(id -> id.getSource().orElse(null) instanceof MethodSource)
          .map(Selection::name)
          .forEach(names::add);
    }
    return List.copyOf(names);
  }

  /// Runs the tests, and says on `progress` how each class went.
  public Results run(PrintStream progress) {
    var listener = new ProgressListener(progress);
    LauncherFactory.create().execute(request, listener);
    return listener.results();
  }

  static String name(TestIdentifier id) {
    return switch (id.getSource().orElse(null)) {
      case MethodSource method -> method.getClassName() + "#" + method.getMethodName();
      case ClassSource type -> type.getClassName();
      case null, default -> id.getDisplayName();
    };
  }

  private static PostDiscoveryFilter matching(List<Pattern> patterns) {
    return descriptor -> {
      var name = name(descriptor);
      return FilterResult.includedIf(
          name == null || patterns.stream().anyMatch(pattern -> pattern.matcher(name).find()));
    };
  }

  /// The name of a test, or null for what only holds tests.
  private static String name(TestDescriptor descriptor) {
    return descriptor.getSource().orElse(null) instanceof MethodSource method
        ? method.getClassName() + "#" + method.getMethodName()
        : null;
  }
}
