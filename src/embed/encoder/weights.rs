//! How do a model's tensors come from disk? One memory-mapped safetensors file, looked up by the names that the BERT
//! family uses, in `f32`, `f16` or `bf16`.
//!
//! Invariant: what is no longer needed is given back to the page cache, so that a model never occupies memory
//! both packed and unpacked.

use std::fs::File;
use std::path::{Path, PathBuf};

use half::f16;
use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};

use super::lanes::from_bf16;

/// Why weights could not be read.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file cannot be opened or mapped.
    #[error("could not open {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a safetensors file.
    #[error("{} is not a safetensors file", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// A tensor is absent or has another shape or type than the configuration says.
    #[error("tensor {name} is {found}, expected {expected}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
}

/// Number format of a stored tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    F32,
    F16,
    Bf16,
}

impl Stored {
    fn bytes(self) -> usize {
        if self == Self::F32 { 4 } else { 2 }
    }
}

/// Where a matrix lies in the file.
#[derive(Debug, Clone, Copy)]
pub struct Matrix {
    start: usize,
    stored: Stored,
    /// Number of rows; 1 for a vector.
    pub rows: usize,
    /// Numbers per row.
    pub columns: usize,
}

/// A mapped weights file.
pub struct Weights {
    path: PathBuf,
    map: Mmap,
    prefix: String,
}

impl Weights {
    /// Maps `model.safetensors` in `folder`.
    pub fn open(folder: &Path) -> Result<Self, WeightsError> {
        let path = folder.join("model.safetensors");
        let open = |source| WeightsError::Open { path: path.clone(), source };
        let file = File::open(&path).map_err(open)?;
        // SAFETY: the mapping is read-only. Model folders are immutable by contract (their hashes are checked when
        // they are registered); were a file cut short all the same, the process would get SIGBUS, not wrong data.
        let map = unsafe { Mmap::map(&file) }.map_err(open)?;
        let mut weights = Self { path: path.clone(), map, prefix: String::new() };
        let names: Vec<String> = weights.parse()?.names().iter().map(ToString::to_string).collect();
        const TABLE: &str = "embeddings.word_embeddings.weight";
        if let Some(name) = names.iter().find(|name| name.ends_with(TABLE)) {
            weights.prefix = name[..name.len() - TABLE.len()].to_owned();
        }
        Ok(weights)
    }

    fn parse(&self) -> Result<SafeTensors<'_>, WeightsError> {
        SafeTensors::deserialize(&self.map)
            .map_err(|source| WeightsError::Format { path: self.path.clone(), source })
    }

    /// Finds the matrices of the given names (without the file's common prefix), each with the given number of
    /// rows and columns; a vector is one row. 0 rows means any number.
    pub fn find<const N: usize>(
        &self,
        wanted: [(&str, usize, usize); N],
    ) -> Result<[Matrix; N], WeightsError> {
        let tensors = self.parse()?;
        let mut found = [Matrix { start: 0, stored: Stored::F32, rows: 0, columns: 0 }; N];
        for (slot, (name, rows, columns)) in found.iter_mut().zip(wanted) {
            let full = format!("{}{name}", self.prefix);
            let old = full
                .replace("LayerNorm.weight", "LayerNorm.gamma")
                .replace("LayerNorm.bias", "LayerNorm.beta");
            let expected = format!("{rows} x {columns} of f32, f16 or bf16");
            let wrong = |found: String| WeightsError::Tensor {
                name: full.clone(),
                found,
                expected: expected.clone(),
            };
            let view = tensors
                .tensor(&full)
                .or_else(|_| tensors.tensor(&old))
                .map_err(|_| wrong("absent".into()))?;
            let stored = match view.dtype() {
                Dtype::F32 => Stored::F32,
                Dtype::F16 => Stored::F16,
                Dtype::BF16 => Stored::Bf16,
                other => return Err(wrong(format!("of type {other:?}"))),
            };
            let (have_rows, have_columns) = match *view.shape() {
                [columns] => (1, columns),
                [rows, columns] => (rows, columns),
                ref other => return Err(wrong(format!("{other:?}"))),
            };
            if have_columns != columns || (rows != 0 && have_rows != rows) || have_rows == 0 {
                return Err(wrong(format!("{have_rows} x {have_columns}")));
            }
            let start = view.data().as_ptr() as usize - self.map.as_ptr() as usize;
            *slot = Matrix { start, stored, rows: have_rows, columns };
        }
        Ok(found)
    }

    /// Writes row `row` of the matrix into the front of `to`.
    pub fn read_row(&self, matrix: &Matrix, row: usize, to: &mut [f32]) {
        let bytes = matrix.columns * matrix.stored.bytes();
        let from = &self.map[matrix.start + row * bytes..][..bytes];
        let to = &mut to[..matrix.columns];
        match matrix.stored {
            Stored::F32 => {
                for (x, raw) in to.iter_mut().zip(from.chunks_exact(4)) {
                    *x = f32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]);
                }
            }
            Stored::F16 => {
                for (x, raw) in to.iter_mut().zip(from.chunks_exact(2)) {
                    *x = f16::from_le_bytes([raw[0], raw[1]]).to_f32();
                }
            }
            Stored::Bf16 => {
                for (x, raw) in to.iter_mut().zip(from.chunks_exact(2)) {
                    *x = from_bf16(u16::from_le_bytes([raw[0], raw[1]]));
                }
            }
        }
    }

    /// Tells the system that the matrix will not be read again soon; its pages leave this process.
    pub fn release(&self, matrix: &Matrix) {
        let bytes = matrix.rows * matrix.columns * matrix.stored.bytes();
        #[cfg(unix)]
        {
            // SAFETY: MADV_DONTNEED on a read-only file mapping drops pages that the next access reads again from
            // the file; no content is lost and no reference is invalidated.
            let _ = unsafe {
                self.map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, matrix.start, bytes)
            };
        }
        #[cfg(not(unix))]
        let _ = bytes;
    }
}
