package dev.hairpin.it.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What wrk and iperf3 print. */
class LoadReportsTest {
  @Test
  void wrksLatencyIsReadInItsUnit() {
    assertThat(
            Wrk.parse(
                """
                Running 2s test @ http://127.0.0.1:7001/
                  1 threads and 16 connections
                  Thread Stats   Avg      Stdev     Max   +/- Stdev
                    Latency   465.39us  120.11us   3.44ms   70.12%
                    Req/Sec    25.86k     1.20k   28.01k    66.67%
                  Latency Distribution
                     50%  448.00us
                     75%  530.00us
                     90%  640.00us
                     99%    1.04ms
                  51450 requests in 2.00s, 5.10MB read
                Requests/sec:  25725.22
                Transfer/sec:      2.55MB
                """))
        .isEqualTo(new Wrk(51450, 25725.22, 448, 1040));
  }

  @Test
  void iperfsBytesAreThoseThatArrived() {
    assertThat(
            Iperf.parse(
                """
                {"end": {"sum_sent": {"bytes": 2000000000, "bits_per_second": 16e9},
                         "sum_received": {"bytes": 1000000000, "bits_per_second": 8e9}}}
                """))
        .isEqualTo(new Iperf(1e9, 8));
  }
}
