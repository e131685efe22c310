package dev.hairpin.rules.apply;

import static java.util.Objects.requireNonNull;

import dev.hairpin.rules.address.Family;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The kernel's settings under {@code /proc/sys}. Those of {@code net} are this process's network
 * namespace's own. Names have slashes, because an interface's name may have dots: {@code
 * net/ipv4/conf/eth0.100/forwarding}.
 */
public class Sysctls {
  /** Whether this host forwards IPv4 packets: 0 or 1. Writing it sets every interface. */
  public static final String IPV4_FORWARDING = "net/ipv4/ip_forward";

  /** Whether this host forwards IPv6 packets: 0 or 1. Writing it sets every interface. */
  public static final String IPV6_FORWARDING = "net/ipv6/conf/all/forwarding";

  /** The same for interfaces that come later. */
  public static final String IPV6_DEFAULT_FORWARDING = "net/ipv6/conf/default/forwarding";

  /**
   * Whether packets that go from one port of a bridge to another meet the rules of iptables and
   * nftables: 0 or 1. There only while the module br_netfilter is, which begins with 1.
   */
  public static final List<String> BRIDGE_FILTERS =
      List.of(
          "net/bridge/bridge-nf-call-arptables",
          "net/bridge/bridge-nf-call-ip6tables",
          "net/bridge/bridge-nf-call-iptables");

  /** More than any setting has. */
  private static final int LONGEST = 4096;

  private final Path root;

  /**
   * @param root {@code /proc/sys}, or a folder that stands for it
   */
  public Sysctls(Path root) {
    this.root = requireNonNull(root, "root");
  }

  public static Sysctls ofThisHost() {
    return new Sysctls(Path.of("/proc/sys"));
  }

  /**
   * Whether packets from 127.0.0.0/8 may leave by an interface: 0 or 1. Without the userland proxy,
   * a connection to a published port on 127.0.0.1 is DNATed and goes that way.
   */
  public static String routeLocalnet(String bridge) {
    return "net/ipv4/conf/" + bridge + "/route_localnet";
  }

  /** Whether this host forwards IPv6 packets that come by an interface: 0 or 1. */
  public static String ipv6Forwarding(String bridge) {
    return "net/ipv6/conf/" + bridge + "/forwarding";
  }

  /**
   * What the kernel sets too when this setting is written: forwarding of the whole host is every
   * interface's, and that of interfaces which come later ({@code inet_forward_change}, {@code
   * addrconf_fixup_forwarding}). Written for one of those it is set for that one only.
   */
  public List<String> setAlongWith(String name) throws FirewallException {
    return switch (name) {
      case IPV4_FORWARDING -> forwardingUnder("net/ipv4/conf");
      case IPV6_FORWARDING -> forwardingUnder("net/ipv6/conf");
      case String other -> List.of();
    };
  }

  private List<String> forwardingUnder(String folder) throws FirewallException {
    if (!has(folder)) {
      return List.of();
    }
    try (Stream<Path> interfaces = Files.list(file(folder))) {
      return interfaces
          .map(path -> path.getFileName().toString())
          .filter(name -> !name.equals("all"))
          .map(name -> folder + "/" + name + "/forwarding")
          .filter(this::has)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw failed("list sysctls under " + folder, e);
    }
  }

  /**
   * Who is told what iptables-legacy does with a traced packet: a logger of the kernel's, or NONE.
   */
  public static String logger(Family family) {
    return switch (family) {
      case IPV4 -> "net/netfilter/nf_log/2";
      case IPV6 -> "net/netfilter/nf_log/10";
    };
  }

  /** Which of {@link #BRIDGE_FILTERS} is for a family. */
  public static String bridgeFilter(Family family) {
    return switch (family) {
      case IPV4 -> "net/bridge/bridge-nf-call-iptables";
      case IPV6 -> "net/bridge/bridge-nf-call-ip6tables";
    };
  }

  /** Whether the kernel knows a setting. */
  public boolean has(String name) {
    return Files.exists(file(name));
  }

  /**
   * Reads a setting.
   *
   * @throws FirewallException if there is no such setting, or it can't be read
   */
  public String read(String name) throws FirewallException {
    try (InputStream setting = Files.newInputStream(file(name))) {
      // The kernel tells a number to the first read only, however little that asks for
      // (proc_dointvec); Files.readString begins with one byte where the size is 0.
      byte[] value = new byte[LONGEST];
      int length = Math.max(0, setting.read(value));
      return new String(value, 0, length, StandardCharsets.ISO_8859_1).strip();
    } catch (IOException e) {
      throw failed("read sysctl " + name, e);
    }
  }

  /**
   * Changes a setting.
   *
   * @return what it was, to put it back one day; empty if it was right already and is not ours to
   *     put back
   * @throws FirewallException if it can't be changed; it is what it was
   */
  public Optional<String> set(String name, String value) throws FirewallException {
    String earlier = read(name);
    if (earlier.equals(value)) {
      return Optional.empty();
    }
    try {
      write(name, value);
    } catch (IOException e) {
      throw failed("set sysctl " + name + " to " + value, e);
    }
    return Optional.of(earlier);
  }

  /** Writes a setting that is known to be there. */
  protected void write(String name, String value) throws IOException {
    Files.writeString(file(name), value);
  }

  /** Where the kernel has a setting. */
  public Path file(String name) {
    Path file = root.resolve(name).normalize();
    if (!file.startsWith(root) || file.equals(root)) {
      throw new IllegalArgumentException("\"" + name + "\" is not a sysctl's name");
    }
    return file;
  }

  private static FirewallException failed(String doing, IOException e) {
    String what = e instanceof NoSuchFileException ? "no such setting" : e.getMessage();
    return new FirewallException(doing + ": " + what, e);
  }
}
