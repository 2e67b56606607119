//! The instruction sets that kernels are written for, each with its registers and tiles.

/// A level of x86-64, or the 64-bit ARM baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Isa {
    V2,
    V3,
    V4,
    Neon,
}

/// A register tile of a contraction: rows by panels of 64 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    pub rows: u32,
    pub panels: u32,
}

impl Isa {
    /// The best that this machine runs.
    pub fn native() -> Isa {
        #[cfg(target_arch = "x86_64")]
        {
            let v3 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("bmi2");
            let v4 = ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"];
            let has = |name: &str| match name {
                "avx512f" => is_x86_feature_detected!("avx512f"),
                "avx512bw" => is_x86_feature_detected!("avx512bw"),
                "avx512cd" => is_x86_feature_detected!("avx512cd"),
                "avx512dq" => is_x86_feature_detected!("avx512dq"),
                _ => is_x86_feature_detected!("avx512vl"),
            };
            match (v3, v4.into_iter().all(has)) {
                (true, true) => Isa::V4,
                (true, false) => Isa::V3,
                _ => Isa::V2,
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        Isa::Neon
    }

    /// LLVM's name of the processor.
    pub fn cpu(self) -> &'static str {
        match self {
            Isa::V2 => "x86-64-v2",
            Isa::V3 => "x86-64-v3",
            Isa::V4 => "x86-64-v4",
            Isa::Neon => "generic",
        }
    }

    /// What the runtime says of a processor that has it.
    pub fn level(self) -> i32 {
        match self {
            Isa::V2 => 2,
            Isa::V3 => 3,
            Isa::V4 => 4,
            Isa::Neon => 1,
        }
    }

    /// Vector registers, and how many hold a panel.
    fn registers(self) -> (u32, u32) {
        match self {
            Isa::V2 => (16, 4),
            Isa::V3 => (16, 2),
            Isa::V4 => (32, 1),
            Isa::Neon => (32, 4),
        }
    }

    /// Whether a tile of `sums` sums stays in registers, with room for the operands.
    fn fits(self, t: Tile, sums: u32) -> bool {
        let (all, per_panel) = self.registers();
        let accumulators = t.rows * t.panels * sums * per_panel;
        // Products that are not fused need one more place; with one row the panels are operands in memory.
        let operands = if t.rows == 1 { 1 } else { t.panels * sums * per_panel + 1 };
        let most = match self {
            Isa::V2 => 8,
            Isa::V3 => 12,
            Isa::V4 => 27,
            Isa::Neon => 24,
        };
        accumulators <= most.max(sums * per_panel) && accumulators + operands <= all.max(sums * per_panel + 1)
    }

    /// The tile for `rows` (when known) by `panels` (when known; the last may be a part of one) of `sums` sums each.
    pub fn tile(self, rows: Option<i64>, panels: Option<f64>, sums: u32) -> Tile {
        let mut best = (f64::INFINITY, Tile { rows: 1, panels: 1 });
        let per_panel = self.registers().1;
        let panels = panels.unwrap_or(256.0).max(0.25);
        let (all_rows, all_panels) = (rows.unwrap_or(1 << 12).max(1), panels.ceil() as i64);
        let missing = (all_panels as f64 - panels) * (sums * per_panel) as f64;
        for p in 1..=8 {
            for r in 1..=13 {
                let t = Tile { rows: r, panels: p };
                let symbolic = rows.is_none() && r > 6;
                if !self.fits(t, sums) || symbolic || r as i64 > all_rows || p as i64 > all_panels {
                    continue;
                }
                let groups = shares(all_panels, p as i64);
                let mut cost = 0.0;
                for (tile_rows, many) in shares(all_rows, r as i64) {
                    let tile = |vectors: f64| {
                        let fmas = tile_rows as f64 * vectors;
                        let loads = 0.5 * (tile_rows as f64 + vectors);
                        fmas.max(loads).max(8.0) + 0.05 * loads + 0.5
                    };
                    for (group, times) in &groups {
                        cost += (many * times) as f64 * tile((group * (sums * per_panel) as i64) as f64);
                    }
                    if let Some((last, _)) = groups.last() {
                        let whole = (last * (sums * per_panel) as i64) as f64;
                        cost += many as f64 * (tile(whole - missing) - tile(whole));
                    }
                }
                if cost < best.0 * 0.999 {
                    best = (cost, t);
                }
            }
        }
        best.1
    }
}

/// `n` in the fewest parts of at most `most`, as equal as possible: sizes with how many there are of each, larger ones first.
pub fn shares(n: i64, most: i64) -> Vec<(i64, i64)> {
    if n <= 0 {
        return vec![];
    }
    let parts = (n + most - 1) / most;
    let (small, larger) = (n / parts, n % parts);
    [(small + 1, larger), (small, parts - larger)].into_iter().filter(|s| s.1 > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles() {
        let tile = |isa: Isa, m, n, sums| {
            let t = isa.tile(m, n, sums);
            (t.rows, t.panels)
        };
        assert_eq!(tile(Isa::V4, None, Some(32.0), 1), (6, 4));
        assert_eq!(tile(Isa::V3, None, Some(32.0), 1), (6, 1));
        assert_eq!(tile(Isa::V2, None, Some(32.0), 1), (2, 1));
        assert_eq!(tile(Isa::V4, Some(1), Some(16.0), 1), (1, 8));
        for (isa, sums) in [(Isa::V2, 4), (Isa::V3, 4), (Isa::V4, 4), (Isa::Neon, 3)] {
            assert!(isa.tile(Some(1), Some(16.0), sums).rows == 1, "{isa:?}");
        }
    }

    #[test]
    fn parts() {
        assert_eq!(shares(197, 13), [(13, 5), (12, 11)]);
        assert_eq!(shares(6, 13), [(6, 1)]);
        assert_eq!(shares(0, 13), []);
    }
}
