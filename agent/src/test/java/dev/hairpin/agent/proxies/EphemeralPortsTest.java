package dev.hairpin.agent.proxies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.address.PortRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EphemeralPortsTest {
  @TempDir private Path directory;

  @Test
  void theKernelsRangeAndItsReservedPortsAreRead() throws IOException {
    Files.writeString(directory.resolve("ip_local_port_range"), "32768\t60999\n");
    Files.writeString(directory.resolve("ip_local_reserved_ports"), "40000,50000-50010\n");

    EphemeralPorts ports = EphemeralPorts.read(directory);

    assertThat(ports.range()).isEqualTo(new PortRange(32768, 60999));
    assertThat(ports.isReserved(40000)).isTrue();
    assertThat(ports.isReserved(40001)).isFalse();
    assertThat(ports.isReserved(50010)).isTrue();
  }

  @Test
  void anEmptyListReservesNothing() throws IOException {
    Files.writeString(directory.resolve("ip_local_port_range"), "1024\t65535\n");
    Files.writeString(directory.resolve("ip_local_reserved_ports"), "\n");

    assertThat(EphemeralPorts.read(directory).reserved()).isEmpty();
  }

  @Test
  void withoutAnythingToReadTheRangeIsThatOfDockerd() {
    assertThat(EphemeralPorts.read(directory).range()).isEqualTo(new PortRange(49153, 65535));
  }
}
