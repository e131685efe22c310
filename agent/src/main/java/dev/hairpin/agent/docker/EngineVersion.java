package dev.hairpin.agent.docker;

import com.google.common.primitives.Ints;
import dev.hairpin.rules.binding.UserText;
import dev.hairpin.rules.layouts.LayoutName;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which dockerd it is, as far as rules differ: {@code 20.10}, {@code 28.5}.
 *
 * @param major the year up to 20, then a count
 */
public record EngineVersion(int major, int minor) implements Comparable<EngineVersion> {
  private static final Pattern FORM =
      Pattern.compile("v?(\\d{1,4})(?:\\.(\\d{1,4})(?:[.+~-].*)?)?");

  private static final Comparator<EngineVersion> AGE =
      Comparator.comparingInt(EngineVersion::major).thenComparingInt(EngineVersion::minor);

  /**
   * Reads what {@code docker version} prints: {@code 20.10.24+dfsg1}.
   *
   * @throws IllegalArgumentException if it is no version
   */
  public static EngineVersion parse(String text) {
    Matcher version = FORM.matcher(text);
    if (!version.matches()) {
      throw new IllegalArgumentException(
          "engine version " + UserText.quoted(text) + " is not one; write 20.10 or 28.5");
    }
    String minor = version.group(2);
    return new EngineVersion(
        Ints.tryParse(version.group(1)), minor == null ? 0 : Ints.tryParse(minor));
  }

  /**
   * The engine that a layout stands for. Nothing of what an engine says names its version, but
   * {@code docker20} stands for engines that differ: before 23.0 they make no DOCKER-USER for IPv6
   * (libnetwork, firewall_linux.go). Those before 25.0 show themselves by an empty list of subnets
   * for the networks {@code none} and {@code host}, where later ones print {@code null}
   * (daemon/network.go, buildIPAMResources). An engine that does is taken for 20.10, which is wrong
   * for 23.0 and 24.0.
   */
  static EngineVersion of(LayoutName layout, Collection<InspectedNetwork> networks) {
    return switch (layout) {
      case DOCKER20 ->
          networks.stream().anyMatch(InspectedNetwork::hasEmptyList)
              ? new EngineVersion(20, 10)
              : new EngineVersion(26, 1);
      case DOCKER28 -> new EngineVersion(28, 5);
      case DOCKER29, DOCKER29_NFT, HAIRPIN -> new EngineVersion(29, 0);
    };
  }

  /** Why this engine does not start with these settings; empty if it does. */
  public Optional<String> refusal(DaemonSettings settings) {
    boolean ip6tables = settings.ip6tables().orElse(isAtLeast(27, 0));
    if (ip6tables && !isAtLeast(27, 0) && !settings.experimental()) {
      return Optional.of(
          "dockerd "
              + this
              + " takes ip6tables only with experimental; set that too, or plan for 27");
    }
    if (ip6tables && !isAtLeast(27, 0) && !settings.iptables()) {
      return Optional.of(
          "dockerd "
              + this
              + " does not start with ip6tables and without iptables; set ip6tables to false too");
    }
    return Optional.empty();
  }

  /** Whether a layout is what this engine writes. */
  public boolean writes(LayoutName layout) {
    return switch (layout) {
      case DOCKER20 -> isAtLeast(20, 10) && !isAtLeast(28, 0);
      case DOCKER28 -> isAtLeast(28, 0) && !isAtLeast(29, 0);
      case DOCKER29, DOCKER29_NFT -> isAtLeast(29, 0);
      // No engine does, so it can be written for any.
      case HAIRPIN -> true;
    };
  }

  public boolean isAtLeast(int thatMajor, int thatMinor) {
    return compareTo(new EngineVersion(thatMajor, thatMinor)) >= 0;
  }

  @Override
  public int compareTo(EngineVersion other) {
    return AGE.compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
