package server.messages;

import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class CqlModelTest extends StoreModelContract {
  private static CqlHarness harness; // one for the class: jqwik makes an instance for each try

  @BeforeContainer
  static void start() {
    harness = new CqlHarness();
  }

  @AfterContainer
  static void stop() {
    harness.close();
  }

  @Override
  StoreHarness harness() {
    return harness;
  }
}
