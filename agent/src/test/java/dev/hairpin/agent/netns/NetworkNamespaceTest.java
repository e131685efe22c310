package dev.hairpin.agent.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkNamespaceTest {

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ".", "..", "a/b", "../../etc/passwd", "ns1\n", "ns\u0000", "/"})
  void aNameThatIsNoFileNameIsRefused(String name) {
    assertThatThrownBy(() -> NetworkNamespace.of(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("namespace \"")
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ns1", "my namespace", "...", "-n", "größe"})
  void anyFileNameIsAName(String name) {
    assertThat(NetworkNamespace.of(name).file()).isEqualTo(Path.of("/run/netns", name));
  }

  @Test
  void aNamespaceIsThereOnlyWhenItsFileIsOne(@TempDir Path directory) throws IOException {
    Files.createFile(directory.resolve("leftover"));

    assertThat(NetworkNamespace.in(directory, "missing").exists()).isFalse();
    assertThat(NetworkNamespace.in(directory, "leftover").exists()).isFalse();
    assertThat(NetworkNamespace.own().exists()).isTrue();
  }

  @Test
  void aProcessIsInItsOwnNamespace() {
    NetworkNamespace ofThisProcess = NetworkNamespace.ofPid(ProcessHandle.current().pid());

    assertThat(ofThisProcess.inode()).isPresent().isEqualTo(NetworkNamespace.own().inode());
  }

  @Test
  void enteringAMissingNamespaceFailsWithItsName() {
    assertThatThrownBy(() -> NetworkNamespace.of("hpn-missing").call(() -> 1))
        .isInstanceOf(IOException.class)
        .hasMessage("open /run/netns/hpn-missing: no such file or directory");
  }

  @Test
  void aSocketMadeInsideBelongsToTheNamespace() throws Exception {
    try (TestNetwork network = TestNetwork.make()) {
      NetworkNamespace namespace = network.add("a");
      network.ipIn(namespace, "link set lo up");

      try (ServerSocket server =
          namespace.call(() -> new ServerSocket(0, 1, InetAddress.getLoopbackAddress()))) {
        InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
        namespace.run(() -> new Socket(address.getAddress(), address.getPort()).close());

        assertThatThrownBy(() -> new Socket(address.getAddress(), address.getPort()).close())
            .isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void theCallersThreadStaysWhereItWas() throws Exception {
    try (TestNetwork network = TestNetwork.make()) {
      NetworkNamespace namespace = network.add("b");
      network.ipIn(namespace, "link add hpn-only-here type bridge");
      network.ipIn(namespace, "address add 192.0.2.9/24 dev hpn-only-here");

      assertThat(namespace.call(() -> NetworkInterface.getByName("hpn-only-here"))).isNotNull();
      assertThat(NetworkInterface.getByName("hpn-only-here")).isNull();
    }
  }

  @Test
  void whatTheCodeThrowsReachesTheCaller() {
    assertThatThrownBy(() ->
            NetworkNamespace.own()
                .call(() -> {
                  throw new IllegalStateException("inside");
                }))
        .hasMessageMatching("inside|enter network namespace .*; run as root");
  }
}
