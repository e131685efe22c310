package dev.hairpin.agent.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.InputFile;
import dev.hairpin.agent.sighting.KernelLog;
import dev.hairpin.agent.sighting.SeenPacket;
import dev.hairpin.agent.sighting.Sighting;
import dev.hairpin.agent.wording.Language;
import dev.hairpin.rules.address.Family;
import dev.hairpin.rules.iptables.IptablesText;
import dev.hairpin.rules.netfilter.Tables;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the kernel's log tells of packets.
 *
 * @param sightings at least one
 * @param rules those that the packets met, as far as known
 */
record ToldByLog(List<Sighting> sightings, Optional<Tables> rules) {
  /**
   * Reads it.
   *
   * @param rules what iptables-save printed then
   * @throws ConfigurationException if a file can't be read, or tells of no packet
   */
  static ToldByLog of(Path log, Optional<Path> rules) throws ConfigurationException {
    List<Sighting> sightings = KernelLog.sightings(text(log).lines());
    if (sightings.isEmpty()) {
      throw new ConfigurationException(
          "read "
              + log
              + ": no line is of netfilter's targets LOG and TRACE; such a line has \"TRACE:"
              + " nat:PREROUTING:rule:1 IN=\" or, behind a prefix that names table and chain, \"IN=\"");
    }
    Family family = sightings.getFirst().header().source().family();
    return new ToldByLog(
        sightings, rules.isPresent() ? Optional.of(saved(family, rules.get())) : Optional.empty());
  }

  void print(PrintWriter out, Language language) {
    new SeenText(out, language, rules, Paint.ofThisProcess()).print(SeenPacket.among(sightings));
  }

  private static Tables saved(Family family, Path file) throws ConfigurationException {
    try {
      return IptablesText.parse(family, text(file));
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("read " + file + ": " + e.getMessage(), e);
    }
  }

  private static String text(Path file) throws ConfigurationException {
    return new String(InputFile.read(file), UTF_8);
  }
}
