package dev.hairpin.agent.cli;

import java.util.List;
import picocli.CommandLine.Help;

/**
 * Colours of a terminal.
 *
 * @param isOn whether there are any
 */
record Paint(boolean isOn) {
  /** One packet after the other, then again: magenta, yellow, cyan, green, blue. */
  private static final List<Integer> COLOURS = List.of(35, 33, 36, 32, 34);

  private static final int BOLD = 1;

  /** Where this process's output is a terminal, unless NO_COLOR forbids it. */
  static Paint ofThisProcess() {
    return new Paint(Help.Ansi.AUTO.enabled());
  }

  /**
   * What is a packet's.
   *
   * @param number of the packet, from 0 on
   */
  String packet(int number, String text) {
    return painted(COLOURS.get(number % COLOURS.size()), text);
  }

  /** What has changed. */
  String changed(String text) {
    return painted(BOLD, text);
  }

  private String painted(int code, String text) {
    return isOn && !text.isBlank() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
