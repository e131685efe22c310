package dev.hairpin.agent.docker;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.binding.ProxyMode;
import java.util.Optional;

/**
 * What dockerd's configuration file says about rules, under dockerd's own keys. An empty value
 * means that the file doesn't say, and the engine has its default.
 *
 * @param ip6tables off by default before 27.0
 * @param proxyMode whether docker-proxy runs ({@code userland-proxy})
 * @param ipForward whether dockerd may switch forwarding on
 * @param ipForwardNoDrop whether it then leaves FORWARD's policy alone
 * @param icc of the default bridge
 * @param ipMasq of the default bridge
 * @param acceptMark {@code bridge-accept-fwmark}
 * @param firewallBackend which of the two kinds of tables it writes
 */
public record DaemonSettings(
    boolean iptables,
    Optional<Boolean> ip6tables,
    boolean experimental,
    ProxyMode proxyMode,
    boolean ipForward,
    boolean ipForwardNoDrop,
    Optional<Boolean> icc,
    Optional<Boolean> ipMasq,
    boolean allowDirectRouting,
    Optional<PacketMark> acceptMark,
    Optional<String> firewallBackend) {
  /** A daemon without a configuration file. */
  public static final DaemonSettings DEFAULTS =
      new DaemonSettings(
          true,
          Optional.empty(),
          false,
          ProxyMode.USERLAND,
          true,
          false,
          Optional.empty(),
          Optional.empty(),
          false,
          Optional.empty(),
          Optional.empty());

  /**
   * The defaults but for what shows most in rules.
   *
   * @param ip6tables also for engines to which that is an experiment
   */
  public static DaemonSettings with(ProxyMode proxyMode, boolean ip6tables) {
    return new DaemonSettings(
        true,
        Optional.of(ip6tables),
        true,
        proxyMode,
        true,
        false,
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        Optional.empty());
  }

  public DaemonSettings {
    requireNonNull(ip6tables, "ip6tables");
    requireNonNull(proxyMode, "proxyMode");
    requireNonNull(icc, "icc");
    requireNonNull(ipMasq, "ipMasq");
    requireNonNull(acceptMark, "acceptMark");
    requireNonNull(firewallBackend, "firewallBackend");
  }

  /**
   * Reads a configuration file.
   *
   * @throws ImpossibleInputException if dockerd would refuse what it says
   */
  public static DaemonSettings read(JsonValue file) {
    if (!file.isThere()) {
      throw file.wrong("is not an object");
    }
    file.requireObject();
    JsonValue backend = file.at("firewall-backend");
    DaemonSettings settings =
        new DaemonSettings(
            file.at("iptables").flag().orElse(true),
            file.at("ip6tables").flag(),
            file.at("experimental").flag().orElse(false),
            file.at("userland-proxy").flag().orElse(true) ? ProxyMode.USERLAND : ProxyMode.HAIRPIN,
            file.at("ip-forward").flag().orElse(true),
            file.at("ip-forward-no-drop").flag().orElse(false),
            file.at("icc").flag(),
            file.at("ip-masq").flag(),
            file.at("allow-direct-routing").flag().orElse(false),
            file.at("bridge-accept-fwmark").text(PacketMark::parse, "a mark, such as 2 or 2/0xf"),
            backend.text());
    settings
        .firewallBackend()
        .ifPresent(name -> {
          if (!name.equals("iptables") && !name.equals("nftables")) {
            throw backend.wrong("is neither iptables nor nftables");
          }
        });
    settings.verify(file);
    return settings;
  }

  /** dockerd's own refusals (daemon_unix.go, verifyDaemonSettings). */
  private void verify(JsonValue file) {
    JsonValue bridge = file.at("bridge");
    for (String address : new String[] {"bip", "bip6"}) {
      if (bridge.text().isPresent() && file.at(address).text().isPresent()) {
        throw file.wrong("bridge and " + address + " exclude each other; dockerd refuses both");
      }
    }
    if (!icc.orElse(true) && !iptables) {
      throw file.wrong(
          "icc is false, which needs iptables; dockerd refuses iptables false with it");
    }
  }
}
