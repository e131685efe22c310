package dev.hairpin.rules.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SysctlsTest {
  @TempDir private Path root;

  @BeforeEach
  void forwardingIsOff() throws IOException {
    Files.createDirectories(root.resolve("net/ipv4"));
    Files.writeString(root.resolve("net/ipv4/ip_forward"), "0\n");
  }

  @Test
  void whatWasThereIsReturnedToBePutBack() throws FirewallException {
    Sysctls sysctls = new Sysctls(root);

    assertThat(sysctls.set(Sysctls.IPV4_FORWARDING, "1")).contains("0");
    assertThat(sysctls.read(Sysctls.IPV4_FORWARDING)).isEqualTo("1");
  }

  @Test
  void theKernelsNumbersAreReadWhole() throws FirewallException {
    assertThat(Sysctls.ofThisHost().read("kernel/pid_max")).matches("\\d{4,7}");
  }

  @Test
  void aSettingThatIsRightAlreadyIsNotOursToPutBack() throws FirewallException {
    assertThat(new Sysctls(root).set(Sysctls.IPV4_FORWARDING, "0")).isEmpty();
  }

  @Test
  void aSettingOfAnInterfaceThatIsGoneIsReported() {
    assertThatExceptionOfType(FirewallException.class)
        .isThrownBy(() -> new Sysctls(root).set(Sysctls.routeLocalnet("docker0"), "1"))
        .withMessage("read sysctl net/ipv4/conf/docker0/route_localnet: no such setting");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../etc/passwd", "/etc/passwd", "", "net/../.."})
  void aNameNeverLeadsElsewhere(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Sysctls(root).read(name));
  }
}
