package dev.hairpin.agent.plan;

import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.rules.layouts.LayoutName;

/** The engines that were recorded. */
enum RecordedEngine {
  E20("20.10.24"),
  E26("26.1.5"),
  E28("28.5.2"),
  E29("29.7.2");

  private final String folder;

  RecordedEngine(String folder) {
    this.folder = folder;
  }

  String folder() {
    return folder;
  }

  EngineVersion version() {
    return EngineVersion.parse(folder);
  }

  LayoutName layout() {
    return switch (this) {
      case E20, E26 -> LayoutName.DOCKER20;
      case E28 -> LayoutName.DOCKER28;
      case E29 -> LayoutName.DOCKER29;
    };
  }

  /** The proxies of earlier ones answered UDP from the interface's address, whichever was asked. */
  boolean answersUdpFromWhereItWasAsked() {
    return version().isAtLeast(28, 0);
  }
}
