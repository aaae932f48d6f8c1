package server.testing;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Two nodes on databases of their own, for all tests of a class: those who talk are on different
/// ones.
public final class TwoNodes implements BeforeAllCallback, AfterAllCallback {
  private TestEngines engines;
  private TestNode north;
  private TestNode south;

  @Override
  public void beforeAll(ExtensionContext context) {
    engines = TestEngines.fresh();
    north = TestNode.on(engines);
    south = TestNode.on(engines);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    south.close();
    north.close();
    engines.close();
  }

  public TestEngines engines() {
    return engines;
  }

  public TestNode north() {
    return north;
  }

  public TestNode south() {
    return south;
  }
}
