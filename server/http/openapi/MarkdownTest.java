package server.http.openapi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class MarkdownTest {
  @Test
  void paragraphsJoinTheirLinesAndMarkCodeAndBold() {
    assertEquals(
        "<p>one <b>two</b> <code>a_b</code></p>\n<p>three</p>\n",
        Markdown.html("one **two**\n`a_b`\n\nthree\n"));
  }

  @Test
  void whatCouldBeHtmlIsEscaped() {
    assertEquals(
        "<p>&lt;script> &amp; <code>bearer.&lt;token></code></p>\n",
        Markdown.html("<script> & `bearer.<token>`"));
  }

  @Test
  void listItemsMayGoOnInTheNextLine() {
    assertEquals(
        "<ul>\n<li>a b</li>\n<li>c</li>\n</ul>\n<ol>\n<li>d</li>\n</ol>\n",
        Markdown.html("- a\n  b\n- c\n\n1. d\n"));
  }

  @Test
  void aTableHasAHeadAndKeepsEmptyCells() {
    assertEquals(
        "<div class=\"wide\"><table>\n<tr><th>a</th><th>b</th></tr>\n"
            + "<tr><td><code>x</code></td><td></td></tr>\n</table></div>\n",
        Markdown.html("| a | b |\n|---|---|\n| `x` | |\n"));
  }

  @Test
  void codeIsKeptAsItStands() {
    assertEquals(
        "<pre><code>a &lt;b\n\n  c **d**\n</code></pre>\n",
        Markdown.html("```\na <b\n\n  c **d**\n```\n"));
  }

  @Test
  void aHeadingCanBeLinked() {
    assertEquals(
        "<h2 id=\"limits-promises\">Limits &amp; promises</h2>\n",
        Markdown.html("## Limits & promises"));
  }
}
