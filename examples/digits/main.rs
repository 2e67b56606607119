//! Classifies the held-back images with the compiled network, and compares its logits with those that PyTorch computed.

mod digits {
    include!(concat!(env!("OUT"), "/digits.rs"));
}

use digits::{View, digits as Digits};
use std::error::Error;

const CLASSES: usize = 10;

/// The pixels of all images in a row, and the label of each.
fn read_images(path: &str) -> Result<(Vec<f32>, Vec<usize>), Box<dyn Error>> {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for line in std::fs::read_to_string(path)?.lines() {
        let (image, label) = line.rsplit_once(',').ok_or("a line without a label")?;
        for pixel in image.split(',') {
            pixels.push(pixel.parse()?);
        }
        labels.push(label.parse()?);
    }
    Ok((pixels, labels))
}

/// The numbers of a `.npy` file of format 1: ten bytes, the last two of them the length of the header, the header, the numbers.
fn read_npy(path: &str) -> Result<Vec<f32>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let head = bytes.first_chunk::<10>().ok_or("no .npy header")?;
    let start = 10 + usize::from(u16::from_le_bytes([head[8], head[9]]));
    let (numbers, _) = bytes.get(start..).ok_or("no numbers")?.as_chunks::<4>();
    Ok(numbers.iter().map(|&number| f32::from_le_bytes(number)).collect())
}

fn largest(row: &[f32]) -> usize {
    (0..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
}

fn main() -> Result<(), Box<dyn Error>> {
    let (pixels, labels) = read_images("test.csv")?;
    let expected = read_npy("logits.npy")?;

    let net = Digits::new()?;
    let result = net.forward(&View::new(&pixels, &[labels.len() as i64, 1, 8, 8]))?;
    let logits = result.as_slice::<f32>().ok_or("logits of another type")?;
    if logits.len() != expected.len() {
        return Err(format!("{} logits, PyTorch has {}", logits.len(), expected.len()).into());
    }

    let right = logits.chunks(CLASSES).zip(&labels).filter(|(row, label)| largest(row) == **label).count();
    println!("accuracy: {:.2} % ({right} of {})", 100.0 * right as f64 / labels.len() as f64, labels.len());

    let differences = || logits.iter().zip(&expected).map(|(ours, theirs)| ((ours - theirs).abs(), 1e-5 + 1.3e-6 * theirs.abs()));
    let largest = differences().fold(0f32, |most, (difference, _)| most.max(difference));
    let outside = differences().filter(|(difference, tolerance)| !(difference <= tolerance)).count();
    println!("largest difference from PyTorch's logits: {largest:.1e} ({outside} of {} outside the tolerance)", expected.len());
    if outside != 0 { Err("not within torch.testing.assert_close".into()) } else { Ok(()) }
}
