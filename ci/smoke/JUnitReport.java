package ci.smoke;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/// Writes checks as a JUnit XML file, which CI servers show: a suite for each kind, a case for each
/// check.
final class JUnitReport {
  private static final double MILLIS_PER_SECOND = 1_000;

  /// What XML 1.0 has no way to write.
  private static final String NOT_XML = "[^\\x09\\x0A\\x0D\\x20-\\uD7FF\\uE000-\\uFFFD]";

  private JUnitReport() {}

  static void write(Path file, List<Check> checks) throws IOException {
    if (file.toAbsolutePath().getParent() != null) {
      Files.createDirectories(file.toAbsolutePath().getParent());
    }
    var kinds = new LinkedHashMap<String, List<Check>>();
    for (var check : checks) {
      kinds.computeIfAbsent(check.kind(), _ -> new ArrayList<>()).add(check);
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      var xml = XMLOutputFactory.newInstance().createXMLStreamWriter(out, "UTF-8");
      xml.writeStartDocument("UTF-8", "1.0");
      start(xml, "testsuites", "smoke", checks);
      for (var kind : kinds.entrySet()) {
        start(xml, "testsuite", kind.getKey(), kind.getValue());
        for (var check : kind.getValue()) {
          write(xml, check);
        }
        xml.writeEndElement();
      }
      xml.writeEndElement();
      xml.writeEndDocument();
      xml.close();
    } catch (XMLStreamException e) {
      throw new IOException(e);
    }
  }

  private static void start(XMLStreamWriter xml, String element, String name, List<Check> checks)
      throws XMLStreamException {
    xml.writeCharacters("\n");
    xml.writeStartElement(element);
    xml.writeAttribute("name", name);
    xml.writeAttribute("tests", "" + checks.size());
    xml.writeAttribute("failures", "" + checks.stream().filter(check -> !check.passed()).count());
    xml.writeAttribute("time", seconds(checks.stream().mapToLong(Check::millis).sum()));
  }

  private static void write(XMLStreamWriter xml, Check check) throws XMLStreamException {
    xml.writeCharacters("\n");
    xml.writeStartElement("testcase");
    xml.writeAttribute("classname", "smoke." + check.kind().replaceAll("\\W+", "_"));
    xml.writeAttribute("name", check.name());
    xml.writeAttribute("time", seconds(check.millis()));
    String detail = check.detail().replaceAll(NOT_XML, "?");
    if (check.passed()) {
      xml.writeStartElement("system-out");
      xml.writeCharacters(detail);
    } else {
      xml.writeStartElement("failure");
      xml.writeAttribute("message", detail);
    }
    xml.writeEndElement();
    xml.writeEndElement();
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.3f", millis / MILLIS_PER_SECOND);
  }
}
