package dev.hairpin.agent.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.rules.apply.CommandRunner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OsPackagesTest {
  private final FakeMachine machine = new FakeMachine();
  private final List<String> said = new ArrayList<>();
  private final OsPackages packages = new OsPackages(machine, machine.tools::contains, said::add);

  @Test
  void aMachineThatHasEverythingIsLeftAlone() throws ConfigurationException {
    packages.installMissing();

    assertThat(machine.ran).isEmpty();
    assertThat(said).isEmpty();
  }

  @Test
  void missingPackagesAreNamedAndInstalled() throws ConfigurationException {
    machine.tools.removeAll(Set.of("iptables", "ip6tables", "conntrack"));

    packages.installMissing();

    assertThat(said).containsExactly("installing iptables conntrack with apt-get");
    assertThat(machine.ran)
        .containsExactly("install -y -q --no-install-recommends iptables conntrack");
    assertThat(machine.tools).contains("iptables", "ip6tables", "conntrack");
  }

  @Test
  void packageListsAreFetchedWhenThereAreNone() throws ConfigurationException {
    machine.tools.remove("conntrack");
    machine.hasLists = false;

    packages.installMissing();

    assertThat(machine.ran)
        .containsExactly(
            "install -y -q --no-install-recommends conntrack",
            "update -q",
            "install -y -q --no-install-recommends conntrack");
  }

  /** iptables brings neither along where only what is needed is installed. */
  @Test
  void whatTracesAndToursRunIsInstalledToo() throws Exception {
    machine.tools.removeAll(Set.of("nft", "sysctl"));

    packages.installMissing();

    assertThat(said).containsExactly("installing nftables procps with apt-get");
    assertThat(machine.tools).contains("nft", "sysctl");
  }

  @Test
  void withoutAptTheMissingToolsAreNamed() {
    machine.tools.removeAll(Set.of("apt-get", "ip", "conntrack"));

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(packages::installMissing)
        .withMessage(
            "ip, conntrack: not found on PATH, and there is no apt-get to install them with; on"
                + " Debian they are in iproute2, conntrack");
    assertThat(machine.ran).isEmpty();
  }

  @Test
  void aFailedInstallationSaysWhatAptSaid() {
    machine.tools.remove("conntrack");
    machine.hasLists = false;
    machine.isOnline = false;

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(packages::installMissing)
        .withMessage(
            "install conntrack: apt-get exited 100: E: Unable to locate package conntrack");
  }

  /** A Debian machine: its apt-get installs the tools of the packages that it is asked for. */
  private static final class FakeMachine implements CommandRunner {
    private final Set<String> tools =
        new HashSet<>(
            List.of(
                "ip",
                "iptables",
                "ip6tables",
                "nft",
                "conntrack",
                "sysctl",
                "nsenter",
                "setsid",
                "curl",
                "apt-get"));
    private final List<String> ran = new ArrayList<>();
    private boolean hasLists = true;
    private boolean isOnline = true;

    @Override
    public Finished run(List<String> argv, String input, Duration deadline) {
      assertThat(argv)
          .startsWith("env", "DEBIAN_FRONTEND=noninteractive", "apt-get")
          .hasSizeGreaterThan(3);
      List<String> arguments = argv.subList(3, argv.size());
      ran.add(String.join(" ", arguments));
      return switch (arguments.getFirst()) {
        case "update" -> {
          hasLists = isOnline;
          yield new Finished(isOnline ? 0 : 100, "", "");
        }
        case "install" -> install(arguments.getLast(), arguments);
        default -> throw new AssertionError("apt-get " + arguments);
      };
    }

    private Finished install(String last, List<String> arguments) {
      if (!hasLists) {
        return new Finished(100, "", "E: Unable to locate package " + last + "\n");
      }
      for (String name : arguments) {
        switch (name) {
          case "iptables" -> tools.addAll(List.of("iptables", "ip6tables"));
          case "conntrack" -> tools.add("conntrack");
          case "nftables" -> tools.add("nft");
          case "procps" -> tools.add("sysctl");
          default -> assertThat(name).matches("install|-.*");
        }
      }
      return new Finished(0, "", "");
    }
  }
}
