package server.http.openapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import server.http.Json;

class ShorthandTest {
  /// As text: a number equals its like whatever class holds it.
  private static String schema(String shorthand) {
    return Shorthand.schema(Json.mapper().readTree(json(shorthand))).toString();
  }

  private static String json(String text) {
    return text.replace('\'', '"');
  }

  @Test
  void aFieldIsRequiredUnlessItIsMarked() {
    assertEquals(
        json(
            "{'type':'object','properties':{'a':{'type':'boolean'},'b':{'type':'string'}},"
                + "'required':['a']}"),
        schema("{'a':'boolean','b?':'text'}"));
  }

  @Test
  void boundsDefaultsNullsAndDescriptionsBecomeTheirKeywords() {
    assertEquals(
        json(
            "{'type':'integer','format':'int64','minimum':1,'maximum':100,'default':50,'description':'d'}"),
        schema("'integer{1..100}=50 — d'"));
    assertEquals(json("{'type':['string','null'],'maxLength':64}"), schema("'text{..64} or null'"));
    assertEquals(
        json("{'type':'array','items':{'type':'string','format':'uuid'},'maxItems':9}"),
        schema("'[uuid]{..9}'"));
    assertEquals(
        json(
            "{'type':'string','contentEncoding':'base64','maxLength':8,'description':'at most 4"
                + " bytes'}"),
        schema("'bytes{..4}'"));
  }

  @Test
  void wordsAreAnEnumAndACapitalIsAType() {
    assertEquals(json("{'type':'string','enum':['a','b']}"), schema("'a|b'"));
    assertEquals(json("{'type':'string','enum':['UNAVAILABLE']}"), schema("'UNAVAILABLE'"));
    assertEquals(json("{'$ref':'#/components/schemas/Member'}"), schema("'Member'"));
  }

  @Test
  void whatIsNoTypeIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> schema("'two words'"));
    assertThrows(IllegalArgumentException.class, () -> schema("'boolean{1..2}'"));
  }
}
