package ci.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.UserError;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FaultKindTest {
  @Test
  void withoutAListAllAreMadeThatTheStoreHas() {
    assertFalse(FaultKind.parse(null, false).contains(FaultKind.KILL_CQL));
    assertEquals(Set.of(FaultKind.values()), FaultKind.parse(null, true));
  }

  @Test
  void aListNamesSomeOrNone() {
    assertEquals(
        Set.of(FaultKind.KILL_SERVER, FaultKind.PAUSE),
        FaultKind.parse("kill-server,pause", false));
    assertEquals(Set.of(), FaultKind.parse("none", true));
  }

  @Test
  void whatIsNoFaultIsTheUsersError() {
    var wrong = assertThrows(UserError.class, () -> FaultKind.parse("kill-kafka", false));
    assertTrue(wrong.getMessage().contains("kill-kafka"), wrong.getMessage());
    assertTrue(wrong.getMessage().contains("cut-sockets"), wrong.getMessage());
    wrong = assertThrows(UserError.class, () -> FaultKind.parse("kill-cql", false));
    assertTrue(wrong.getMessage().contains("--store cql"), wrong.getMessage());
  }
}
