package ci.check;

/// The promises of the wire contract that the checker judges.
public enum Promise {
  DURABLE(1, "durable before acknowledged"),
  IDEMPOTENT(2, "idempotent for ever"),
  ONE_ORDER(3, "one order"),
  DELIVERED(4, "at least once to every member device"),
  NOTICED(6, "a loss on a live socket is noticed and filled without a word from the client"),
  REFUSED(0, "what is refused with a code that means not stored is not stored");

  private final int number;
  private final String text;

  Promise(int number, String text) {
    this.number = number;
    this.text = text;
  }

  /// Its number in the contract's section 3; 0 for the rule of section 1.
  int number() {
    return number;
  }

  /// For people.
  @Override
  public String toString() {
    return (number == 0 ? "the rule of errors: " : "promise " + number + ": ") + text;
  }
}
