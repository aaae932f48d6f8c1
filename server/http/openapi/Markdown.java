package server.http.openapi;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// The part of Markdown that our own texts use, as HTML: headings of level 2, paragraphs, lists,
/// tables, fenced code, `code` and **bold**. Everything else is text, and escaped.
final class Markdown {
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern BOLD = Pattern.compile("\\*\\*([^*]+)\\*\\*");
  private static final Pattern ITEM = Pattern.compile("(- |\\d+\\. )(.*)");
  private static final Pattern RULE = Pattern.compile("\\|[-|]+\\|");

  private final StringBuilder html = new StringBuilder();
  private final List<String> lines;
  private int next;

  private Markdown(String text) {
    this.lines = text.lines().toList();
  }

  /// The HTML of a text of several blocks.
  static String html(String text) {
    var markdown = new Markdown(text);
    while (markdown.next < markdown.lines.size()) {
      markdown.block();
    }
    return markdown.html.toString();
  }

  /// The HTML of a text within a line.
  static String inline(String text) {
    String code = CODE.matcher(escape(text)).replaceAll("<code>$1</code>");
    return BOLD.matcher(code).replaceAll("<b>$1</b>");
  }

  /// Text that cannot be taken for HTML.
  static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }

  /// What an element with this title can be linked by.
  static String anchor(String title) {
    return title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
  }

  private void block() {
    String line = lines.get(next);
    if (line.isBlank()) {
      next++;
    } else if (line.startsWith("## ")) {
      String title = line.substring(3);
      html.append("<h2 id=\"%s\">%s</h2>\n".formatted(anchor(title), inline(title)));
      next++;
    } else if (line.startsWith("```")) {
      code();
    } else if (line.startsWith("|")) {
      table();
    } else if (ITEM.matcher(line).matches()) {
      list(line.startsWith("- ") ? "ul" : "ol");
    } else {
      html.append("<p>").append(inline(String.join(" ", taken()))).append("</p>\n");
    }
  }

  /// The lines up to the next empty one.
  private List<String> taken() {
    List<String> taken = new ArrayList<>();
    while (next < lines.size() && !lines.get(next).isBlank()) {
      taken.add(lines.get(next++).strip());
    }
    return taken;
  }

  private void code() {
    html.append("<pre><code>");
    for (next++; next < lines.size() && !lines.get(next).startsWith("```"); next++) {
      html.append(escape(lines.get(next))).append('\n');
    }
    next++;
    html.append("</code></pre>\n");
  }

  private void list(String kind) {
    List<StringBuilder> items = new ArrayList<>();
    for (String line : taken()) {
      var item = ITEM.matcher(line);
      if (item.matches()) {
        items.add(new StringBuilder(item.group(2)));
      } else {
        items.getLast().append(' ').append(line);
      }
    }
    html.append("<").append(kind).append(">\n");
    items.forEach(i -> html.append("<li>").append(inline(i.toString())).append("</li>\n"));
    html.append("</").append(kind).append(">\n");
  }

  private void table() {
    html.append("<div class=\"wide\"><table>\n");
    String cell = "th";
    for (String line : taken()) {
      if (RULE.matcher(line).matches()) {
        continue;
      }
      html.append("<tr>");
      for (String column : line.substring(1, line.length() - 1).split("\\|")) {
        html.append("<%s>%s</%s>".formatted(cell, inline(column.strip()), cell));
      }
      html.append("</tr>\n");
      cell = "td";
    }
    html.append("</table></div>\n");
  }
}
