package dev.hairpin.rules.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpPrefixTest {
  @ParameterizedTest
  @CsvSource({
    "172.17.0.0/16, 172.17.0.0/16",
    "172.17.0.2/16, 172.17.0.0/16",
    "172.17.0.2, 172.17.0.2/32",
    "0.0.0.0/0, 0.0.0.0/0",
    "2001:db8::/32, 2001:db8::/32",
    "2001:DB8:0::2, 2001:db8::2/128",
    "::ffff:192.0.2.1, 192.0.2.1/32",
    "::/128, ::/128"
  })
  void aPrefixIsReadAndItsLastBitsAreZero(String text, String printed) {
    assertThat(IpPrefix.parse(text)).hasToString(printed);
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0/0, 255.255.255.255, true",
    "10.0.0.0/8, 10.200.0.1, true",
    "10.0.0.0/8, 138.0.0.1, false",
    "172.16.0.0/12, 172.31.255.255, true",
    "172.16.0.0/12, 172.32.0.0, false",
    "172.17.0.0/16, 172.18.0.0, false",
    "192.0.2.128/25, 192.0.2.255, true",
    "192.0.2.128/25, 192.0.2.127, false",
    "192.0.2.1/32, 192.0.2.1, true",
    "192.0.2.1/32, 192.0.2.129, false",
    "::/0, 2001:db8::1, true",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "::/128, ::1, false",
    "::/0, 192.0.2.1, false",
    "0.0.0.0/0, ::, false"
  })
  void itHoldsTheAddressesOfItsFamilyThatShareItsFirstBits(
      String prefix, String address, boolean held) {
    assertThat(IpPrefix.parse(prefix).contains(IpAddress.parse(address))).isEqualTo(held);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/+8",
        "10.0.0.0/-0",
        "10.0.0.0/08",
        "10.0.0.0/00",
        "10.0.0.0/8 ",
        "10.0.0.0 /8",
        " 10.0.0.0/8",
        "10.0.0.0/\u0668",
        "10.0.0.\uff11/8",
        "\uff12001:db8::/32",
        "10.0.0.0/8/8",
        "10.0.0.0/4294967304",
        "10.0.0.0/255.0.0.0",
        "10.0.0/8",
        "010.0.0.0/8",
        "[2001:db8::]/32",
        "fe80::%1/64",
        "2001:db8::/129"
      })
  void whatOnlyLooksLikeOneIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> IpPrefix.parse(text));
  }

  /** Its length counts from the first of 128 bits, and the address that it stands for has 32. */
  @ParameterizedTest
  @ValueSource(strings = {"::ffff:10.0.0.0/8", "::ffff:10.0.0.0/104", "::ffff:a00:0/24"})
  void aLengthAfterAnIpv4MappedAddressIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IpPrefix.parse(text))
        .withMessageContaining("\"" + text + "\" is not an IP prefix");
  }
}
