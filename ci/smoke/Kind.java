package ci.smoke;

/// What is tried, the cheap things first; after a kind that failed nothing more is tried.
enum Kind {
  LINT("lint"),
  EMPTY("empty to head"),
  UP_DOWN_UP("up-down-up"),
  EARLIER("earlier version"),
  TWO_RUNNERS("two runners"),
  KILL("kill -9"),
  BUSY("busy server"),
  DRIFT("drift");

  final String text;

  Kind(String text) {
    this.text = text;
  }
}
