package bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class LayersTest {
  @Test
  void aSampleBelongsToItsInnermostFrameThatIsSomebodys() {
    var layers =
        Layers.of(
            Stream.of(
                "java.lang.Thread.run;org.eclipse.jetty.io.Pump.run;server.realtime.Hub.offer;java.util.Map.get"
                    + " 3",
                "java.lang.Thread.run;server.realtime.Hub.offer;org.eclipse.jetty.websocket.Core.send"
                    + " 2",
                "java.lang.Thread.run;server.Server.main 1",
                "CompileBroker::compile 2"));
    assertEquals(
        Map.of(
            "server/realtime",
            0.375,
            "Jetty WebSocket",
            0.25,
            "server",
            0.125,
            "JVM and JDK",
            0.25),
        layers.shares());
  }

  @Test
  void theLargestShareStandsFirst() {
    var layers = Layers.of(Stream.of("org.jooq.impl.A.b 1", "org.postgresql.core.C.d 3"));
    assertEquals("PostgreSQL driver 75.0 %, jOOQ 25.0 %", layers.toString());
  }

  @Test
  void anEmptyProfileHasNoShares() {
    assertEquals(Map.of(), Layers.of(Stream.of()).shares());
  }
}
