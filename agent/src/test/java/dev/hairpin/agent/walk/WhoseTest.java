package dev.hairpin.agent.walk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hairpin.rules.netfilter.Reason;
import dev.hairpin.rules.netfilter.Table;
import dev.hairpin.rules.trace.Place;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WhoseTest {
  @ParameterizedTest
  @CsvSource({
    "DOCKER-USER, USER",
    "DOCKER, DOCKER",
    "DOCKER-ISOLATION-STAGE-1, DOCKER",
    "HAIRPIN-FORWARD, HAIRPIN",
    "ufw-reject-forward, UFW",
    "ufw6-user-input, UFW",
    "LIBVIRT_FWI, LIBVIRT",
    "KUBE-SERVICES, KUBE_PROXY",
    "cali-FORWARD, CALICO",
    "CNI-ADMIN, CONTAINER_NETWORKS",
    "f2b-sshd, FAIL2BAN",
    "FORWARD, UNKNOWN",
    "MYDOCKER, UNKNOWN"
  })
  void aChainOfIptablesTellsByItsName(String chain, Whose whose) {
    assertThat(Whose.of(new Place.Iptables(Table.FILTER, chain), Reason.UNKNOWN)).isEqualTo(whose);
    assertThat(Whose.of(new Place.Legacy(Table.FILTER, chain), Reason.UNKNOWN)).isEqualTo(whose);
  }

  @ParameterizedTest
  @CsvSource({
    "docker-bridges, DOCKER",
    "hairpin, HAIRPIN",
    "firewalld, FIREWALLD",
    "netavark, CONTAINER_NETWORKS",
    "filter, UNKNOWN"
  })
  void ofNftablesItIsTheTableThatTells(String table, Whose whose) {
    assertThat(Whose.of(new Place.Nftables(table, "DOCKER-USER"), Reason.UNKNOWN)).isEqualTo(whose);
  }

  @Test
  void whatHasAReasonIsOursWhereverItStands() {
    assertThat(Whose.of(new Place.Iptables(Table.NAT, "DOCKER"), Reason.of("it is so")))
        .isEqualTo(Whose.HAIRPIN);
  }
}
