package dev.hairpin.agent.plan;

import dev.hairpin.agent.docker.EngineVersion;
import dev.hairpin.rules.layouts.LayoutName;

/** The engines that were recorded. */
enum RecordedEngine {
  E20("20.10.24"),
  E26("26.1.5"),
  E28("28.5.2"),
  E29("29.7.2"),
  E29_NFT("29.7.2-nft");

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
      case E29_NFT -> LayoutName.DOCKER29_NFT;
    };
  }

  /** With nftables it doesn't switch forwarding on, so that was done before it started. */
  boolean foundForwardingOn() {
    return this == E29_NFT;
  }

  /** The proxies of earlier ones answered UDP from the interface's address, whichever was asked. */
  boolean answersUdpFromWhereItWasAsked() {
    return version().isAtLeast(28, 0);
  }
}
