package server.http.openapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import server.testing.TestApi;
import server.testing.TestBrowser;

/// The page as a reader has it: in a real browser.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DocsPageTest {
  private TestApi server;
  private TestBrowser browser;

  @BeforeAll
  void start() {
    Optional<Path> chromium = TestBrowser.installed();
    assumeTrue(chromium.isPresent(), "there is no Chromium on this machine");
    server = TestApi.serving(null, new OpenApiRoutes()); // which needs no database
    browser = TestBrowser.start(chromium.get());
  }

  @AfterAll
  void stop() {
    if (browser != null) {
      browser.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private void open(int width) {
    browser.screen(width, 800, width < 600);
    browser.open("http://127.0.0.1:" + server.port() + "/docs");
  }

  private int number(String expression) {
    return browser.evaluate(expression).asInt();
  }

  @ParameterizedTest
  @ValueSource(ints = {320, 375, 768, 1280})
  void nothingIsWiderThanTheScreenAndNothingIsTooSmallToRead(int width) {
    open(width);
    assertEquals(
        number("document.documentElement.clientWidth"),
        number("document.documentElement.scrollWidth"));
    assertEquals(width, number("window.innerWidth"), "a phone shows it without zooming out");
    assertEquals(
        0,
        number(
            "[...document.querySelectorAll('main p, main dd, main td, main li')]"
                + ".filter(e => parseFloat(getComputedStyle(e).fontSize) < 14).length"));
    assertEquals(
        0,
        number(
            "[...document.querySelectorAll('main td, main dt, main dd, main h3')]"
                + ".filter(e => e.getBoundingClientRect().right > innerWidth).length"),
        "no text is cut off");
  }

  @Test
  void everyRouteStandsThereWithItsMethodAndPath() {
    open(1280);
    List<String> described = new ArrayList<>();
    for (var path : OpenApi.document().get("paths").properties()) {
      path.getValue()
          .propertyNames()
          .forEach(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey()));
    }
    List<String> shown = new ArrayList<>();
    browser
        .evaluate(
            "[...document.querySelectorAll('section .route')].map(r =>"
                + " r.querySelector('b').innerText + ' ' + r.querySelector('code').innerText)")
        .forEach(route -> shown.add(route.asString()));
    described.sort(null);
    shown.sort(null);
    assertEquals(described, shown);
  }

  @Test
  void everyLinkWithinThePageLeadsSomewhereAndNothingIsLoadedFromElsewhere() {
    open(375);
    assertEquals(
        "[]",
        browser
            .evaluate(
                "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))"
                    + ".filter(id => !document.getElementById(id))")
            .toString());
    assertEquals(
        "[]",
        browser
            .evaluate(
                "performance.getEntriesByType('resource').map(r => r.name)"
                    + ".filter(n => !n.endsWith('/favicon.ico'))")
            .toString());
    assertEquals(
        List.of(),
        browser.complaints().stream().filter(c -> !c.contains("404")).toList(),
        "a browser asks for an icon that is not there, and that is all");
  }

  @Test
  void theTextsAreShownAsTextsNotAsTheirSource() {
    open(1280);
    String text = browser.evaluate("document.querySelector('main').innerText").asString();
    assertTrue(text.contains("Durable before acknowledged."), "promises");
    assertTrue(text.contains("vyry.v1.json, bearer.<token>"), "WebSocket");
    assertTrue(!text.contains("**") && !text.contains("`") && !text.contains("|--"), text);
  }
}
