package dev.hairpin.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hairpin.agent.ConfigurationException;
import dev.hairpin.agent.reconcile.Forwarding;
import dev.hairpin.agent.reconcile.Settings;
import dev.hairpin.agent.reconcile.Standing;
import dev.hairpin.rules.binding.PacketMark;
import dev.hairpin.rules.binding.ProxyMode;
import dev.hairpin.rules.layouts.LayoutName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentConfigurationTest {
  @TempDir private Path directory;

  @Test
  void theFileSaysWhatTheCommandLineLeavesOpen() throws Exception {
    AgentOptions options =
        options(
            """
            # of this host
            layout = docker28
            userland-proxy=false
            docker-host=unix:///run/other.sock
            allow-direct-routing=true
            bridge-accept-fwmark=2/0xf
            ip-forward=false
            replace=true
            teardown=false
            run-dir=/run/other
            """);

    assertThat(options.layout()).contains(LayoutName.DOCKER28);
    assertThat(options.proxyMode()).isEqualTo(ProxyMode.HAIRPIN);
    assertThat(options.dockerHost()).contains("unix:///run/other.sock");
    assertThat(options.directRouting()).isTrue();
    assertThat(options.acceptMark()).contains(new PacketMark(2, 0xf));
    assertThat(options.forwarding()).isEqualTo(Forwarding.LEFT_ALONE);
    assertThat(options.standing()).contains(Standing.REPLACE);
    assertThat(options.teardown()).isFalse();
    assertThat(options.runDirectory()).isEqualTo(Path.of("/run/other"));
  }

  @Test
  void theCommandLineWins() throws Exception {
    AgentOptions options =
        options(
            "layout=docker28\nuserland-proxy=false\nreplace=true\nip6tables=false\n",
            "--layout=docker29",
            "--userland-proxy",
            "true",
            "--beside",
            "--teardown");

    assertThat(options.layout()).contains(LayoutName.DOCKER29);
    assertThat(options.proxyMode()).isEqualTo(ProxyMode.USERLAND);
    assertThat(options.standing()).contains(Standing.BESIDE);
    assertThat(options.teardown()).isTrue();
    assertThat(options.ip6tables()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          layuot=docker28            | "layuot": there is no such option
          help=true                  | "help": there is no such option
          config=/etc/other          | "config": there is no such option
          layout=docker17            | "layout"
          userland-proxy=perhaps     | "userland-proxy"
          bridge-accept-fwmark=blue  | mark "blue" is not a number
          no-docker=yes              | "no-docker": "yes" is neither true nor false
          teardown                   | "teardown": "" is neither true nor false
          layout=\\u00               | Malformed
          """)
  void whatCantBeUnderstoodIsOneLineWithTheFileAndTheKey(String line, String reason) {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> options("ip6tables=true\n" + line + "\n"))
        .satisfies(problem ->
            assertThat(problem.getMessage())
                .contains(file().toString(), reason)
                .doesNotContain("\n"));
  }

  @Test
  void optionsThatExcludeEachOtherAreRefused() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> options("replace=true\nbeside=true\n"))
        .withMessageContaining(file().toString())
        .withMessageContaining("mutually exclusive");
  }

  @Test
  void aFileThatIsNamedMustBeThere() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> complete("--teardown"))
        .withMessage("read configuration " + file() + ": no such file or directory");
  }

  @Test
  void whatDockerdReadsFromTheEnvironmentCountsHereToo() throws Exception {
    AgentOptions options = options("");

    Settings usual = settings(options, Map.of("DOCKER_INSECURE_NO_IPTABLES_RAW", "0"));
    assertThat(usual.rawTable()).isTrue();
    assertThat(usual.bridgeFilterNeeded()).isTrue();
    Settings switched =
        settings(
            options,
            Map.of(
                "DOCKER_INSECURE_NO_IPTABLES_RAW", "1", "DOCKER_IGNORE_BR_NETFILTER_ERROR", "1"));
    assertThat(switched.rawTable()).isFalse();
    assertThat(switched.bridgeFilterNeeded()).isFalse();
  }

  private static Settings settings(AgentOptions options, Map<String, String> environment) {
    return options.settings(Standing.REPLACE, LayoutName.DOCKER20, environment);
  }

  private AgentOptions options(String text, String... typed)
      throws IOException, ConfigurationException {
    Files.writeString(file(), text);
    return complete(typed);
  }

  private AgentOptions complete(String... typed) throws ConfigurationException {
    String[] arguments =
        Stream.concat(Stream.of("agent", "--config", file().toString()), Stream.of(typed))
            .toArray(String[]::new);
    return AgentConfiguration.complete(
            file(), Hairpin.commandLine().parseArgs(arguments).subcommand())
        .options();
  }

  private Path file() {
    return directory.resolve("agent.properties");
  }
}
